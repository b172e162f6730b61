/** What the metadata document says of this installation, from its configuration. */
import type { Installation } from '../protocol/discovery.ts'
import type { Config } from './config.ts'

type Described = Pick<
  Config,
  'brand' | 'keys' | 'languages' | 'sessionManagement' | 'implicitFlow' | 'registration' | 'clientIdMetadataDocuments'
>

export const installationOf = (config: Described): Installation => ({
  signingAlgorithms: config.keys.signingAlgorithms,
  languages: config.languages.offered,
  policyUri: config.brand.policyUri,
  tosUri: config.brand.tosUri,
  encryptionAlgorithms: config.keys.encryptionAlgorithms,
  sessionManagement: config.sessionManagement,
  implicitFlow: config.implicitFlow,
  hasRegistration: config.registration.isEnabled,
  hasMetadataDocuments: config.clientIdMetadataDocuments.allowedDomains.length > 0,
})
