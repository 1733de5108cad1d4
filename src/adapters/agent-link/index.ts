/** The agent's connections to its server. */
export { type LinkSettings, type OpenedLink, openAgentLink } from './agent-link.ts'
export { chooseProxy, type HttpProxy, type ProxySettings, proxySettings } from './proxy-choice.ts'
export type { Trust } from './secure-socket.ts'
export { type ShownCertificate, showCertificate } from './shown-certificate.ts'
