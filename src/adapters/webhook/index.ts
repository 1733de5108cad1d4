/** Messages to receivers on the web, and which addresses may be called. */
export { type AddressRules, addressRules, machineRules } from './address-rules.ts'
export { type Resolve, resolveHost } from './resolve-host.ts'
export { openWebhooks, type WebhookCall, type Webhooks, type WebhooksRequest } from './webhooks.ts'
