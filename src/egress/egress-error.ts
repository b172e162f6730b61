/** Why a URL was not asked, or gave nothing usable. */

export type EgressFault =
  | 'bad_url'
  | 'refused_address'
  | 'unresolvable'
  | 'connection'
  | 'tls'
  | 'timeout'
  | 'redirect'
  | 'status'
  | 'content_type'
  | 'too_large'

/**
 * The message names the host and never the rest of the URL, which may hold a secret. It is for the log: telling whoever
 * gave the URL what is behind it would let them explore a network through us.
 */
export class EgressError extends Error {
  readonly reason: EgressFault

  constructor(reason: EgressFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EgressError'
    this.reason = reason
  }

  /** Both in one line, for a log or a record of what failed. */
  get summary(): string {
    return `${this.reason}: ${this.message}`
  }
}
