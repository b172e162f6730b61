/** The hash of a secret as the file writes it. */

/** `sha256:` and base64url or hex → base64url. */
export function digestOf(hash: string): string {
  const digest = hash.replace(/^sha256:/, '')
  return Buffer.from(digest, digest.length === 64 ? 'hex' : 'base64url').toString('base64url')
}
