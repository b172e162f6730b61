/** Keeps the secrets that are needed as they are; keys/ answers. */

export interface ClientSecrets {
  /** For the database: it opens with the sealing key alone, and for this client alone. */
  seal(clientId: string, secret: string): string
  /** Throws when it was sealed with another key, or for another client. */
  open(clientId: string, sealed: string): string
}
