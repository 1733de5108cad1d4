/** Protection: instances, activation, plans, policies and bindings. */
import type { HandlersOf } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import { activationCodeHandlers } from './activation-code-handlers.ts'
import { bindingHandlers } from './binding-handlers.ts'
import { instanceHandlers } from './instance-handlers.ts'
import { planHandlers } from './plan-handlers.ts'
import { policyHandlers } from './policy-handlers.ts'
import type { ProtectionPorts } from './protection-ports.ts'

export {
  type ActivationChoice,
  choiceFromJson,
  makeActivationCode,
} from './activation-code.ts'
export { type BackupRequest, backupRequestFromJson, type WorkLimits } from './backup-request.ts'
export { isOnline, lostAfterMs } from './client-contact.ts'
export { announceStatus } from './instance-facts.ts'
export { beginProtection, type ProtectionRequest } from './protect.ts'
export type { ClientPush, ProtectionPorts } from './protection-ports.ts'

export type ProtectionHandlers = {
  readonly instances: HandlersOf<'instances'>
  readonly activationCodes: HandlersOf<'activationCodes'>
  readonly plans: HandlersOf<'plans'>
  readonly policies: HandlersOf<'policies'>
  readonly bindings: HandlersOf<'bindings'>
}

export function protectionHandlers(
  kernel: ServerKernel,
  ports: ProtectionPorts,
): ProtectionHandlers {
  return {
    instances: instanceHandlers(kernel, ports),
    activationCodes: activationCodeHandlers(kernel, ports),
    plans: planHandlers(kernel),
    policies: policyHandlers(kernel),
    bindings: bindingHandlers(kernel),
  }
}
