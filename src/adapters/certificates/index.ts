/** Certificates of the server and of its agents: PEM in and out. */
export { clientCertificateDays, type IssuedCertificate, identityIssuer } from './identity-issuer.ts'
export {
  type Authority,
  authorityDays,
  type Certified,
  issueClientCertificate,
  makeAuthority,
  makeServerCertificate,
  serverCertificateDays,
} from './issue.ts'
export { type KeyPair, makeKeyPair, readPrivateKey, readPublicKey } from './key-pair.ts'
export { type CertificateFacts, isRenewalDue, readCertificate } from './read.ts'
