/** The sections for clients that come by themselves, as the code uses them. */
import { parseDuration } from '../base/duration.ts'
import type { DocumentsConfig, RegistrationConfig } from './config.ts'
import { digestOf } from './digest.ts'
import type { ConfigFile } from './schema.ts'

export const resolveRegistration = (file: ConfigFile['registration']): RegistrationConfig => ({
  isEnabled: file.enabled,
  isOpen: file.open,
  initialAccessTokenHashes: file.initial_access_tokens.map(digestOf),
  allowedRedirectHosts: file.allowed_redirect_hosts,
  allowedScopes: file.allowed_scopes,
  allowedResources: file.allowed_resources,
  allowedGrantTypes: file.allowed_grant_types,
  maxClients: file.max_clients,
  // Its pattern was checked.
  expiresAfter: parseDuration(file.expires_after) ?? 0,
  requiresPkce: file.require_pkce,
  showsLogos: file.show_logos,
})

export const resolveDocuments = (file: ConfigFile['client_id_metadata_documents']): DocumentsConfig => ({
  allowedDomains: file.allowed_domains,
  allowedScopes: file.allowed_scopes,
  allowedResources: file.allowed_resources,
})
