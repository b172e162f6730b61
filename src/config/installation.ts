/** What the metadata document says of this installation, from its configuration. */
import type { Installation } from '../protocol/discovery.ts'
import type { Config } from './config.ts'

type Described = Pick<
  Config,
  | 'brand'
  | 'passkeys'
  | 'keys'
  | 'languages'
  | 'sessionManagement'
  | 'implicitFlow'
  | 'signUp'
  | 'registration'
  | 'clientIdMetadataDocuments'
>

/** Anybody may, or whoever has an address at some domain: those who were invited are not sent by an app. */
export const hasSignUp = ({ signUp }: Pick<Config, 'signUp'>): boolean =>
  signUp !== undefined && signUp.mode !== 'invitation'

export const installationOf = (config: Described): Installation => ({
  signingAlgorithms: config.keys.signingAlgorithms,
  languages: config.languages.offered,
  policyUri: config.brand.policyUri,
  tosUri: config.brand.tosUri,
  encryptionAlgorithms: config.keys.encryptionAlgorithms,
  sessionManagement: config.sessionManagement,
  implicitFlow: config.implicitFlow,
  hasSignUp: hasSignUp(config),
  hasPasskeys: config.passkeys !== undefined,
  hasRegistration: config.registration.isEnabled,
  hasMetadataDocuments: config.clientIdMetadataDocuments.allowedDomains.length > 0,
})
