/** The keys that a server stands on: its master key, its authority over agents, its TLS key and certificate. */
export { CertificateFiles, type CertificatePair } from './certificate-files.ts'
export { type MasterKey, masterKeyOf, secretBoxOf } from './master-key.ts'
export {
  addMasterKey,
  openServerKeys,
  renewServerCertificate,
  type ServerKeys,
  type ServerKeysRequest,
} from './server-keys.ts'
