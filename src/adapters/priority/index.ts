/** How much of the machine this process may take (D3). */
export { type ProcessPriority, priorityControl } from './process-priority.ts'
