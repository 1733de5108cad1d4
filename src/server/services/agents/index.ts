/** Agents: how they come, what they are given, what they report. */
export { agentHandlers } from './agent-handlers.ts'
export {
  type ActivateEssential,
  type AgentPorts,
  activateEssential,
  type IssuedIdentity,
  type IssueIdentity,
} from './agent-ports.ts'
export { type AgentService, createAgentService } from './agent-service.ts'
export { orderFacts } from './orders.ts'
