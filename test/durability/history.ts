/** What the driver of a proof saw: every operation with the moments between which it happened, and how it ended. */

/** `unanswered`: no whole answer came, or one that blames the server; it may have happened or not, and both are right. */
export type Outcome = 'done' | 'refused' | 'unanswered'

/** Moments are numbers that only grow; they order what one driver does, whatever the clock does. */
export interface Operation {
  readonly sent: number
  /** When the answer was there. Unanswered: from when on it can't happen any more; until that is known, Infinity. */
  answered: number
  outcome: Outcome
  /** Which process was asked. */
  readonly at: number
}

export interface Account {
  readonly username: string
  readonly password: string
  readonly added: Operation
  readonly disabled: Operation[]
  /** With the right password. */
  readonly signIns: Operation[]
  readonly consents: (Operation & { readonly scopes: readonly string[] })[]
  /** The consent page was shown for these. */
  readonly asked: (Operation & { readonly scopes: readonly string[] })[]
}

export interface Session {
  readonly account: Account
  readonly begun: Operation
  readonly signOuts: Operation[]
  /** Authorization requests with prompt=none: done is a code, refused is login_required. */
  readonly authorizations: Operation[]
}

export interface Redemption extends Operation {
  /** Done: the first refresh token. */
  received?: string
}

export interface Refresh extends Operation {
  readonly presented: string
  received?: string
}

/** Of an access token: userinfo or introspection, refused being 401 or `"active": false`; or its revocation. */
export interface Use extends Operation {
  readonly accessToken: string
}

/** An acknowledged authorization code and all that came of it. */
export interface Family {
  readonly code: string
  readonly session: Session
  /** With offline_access the refresh tokens outlive the session; the code never does. */
  readonly isOffline: boolean
  readonly redemptions: Redemption[]
  readonly refreshes: Refresh[]
  readonly revocations: Operation[]
  readonly uses: Use[]
  readonly tokenRevocations: Use[]
}

export interface History {
  readonly accounts: Account[]
  readonly sessions: Session[]
  readonly families: Family[]
  /** A new moment. */
  now(): number
  /** Begins an operation that is unanswered until `answer` says otherwise. */
  begin(at: number): Operation
  /** Nothing is under way any more: what was not answered has happened by now, or never will. */
  settle(): void
}

export function newHistory(): History {
  let moment = 0
  let open: Operation[] = []
  const now = (): number => ++moment
  return {
    ...{ accounts: [], sessions: [], families: [], now },
    begin(at) {
      const operation: Operation = { sent: now(), answered: Number.POSITIVE_INFINITY, outcome: 'unanswered', at }
      open.push(operation)
      return operation
    },
    settle() {
      for (const operation of open) if (operation.outcome === 'unanswered') operation.answered = now()
      open = []
    },
  }
}

export const newFamily = (code: string, session: Session, isOffline: boolean): Family => ({
  ...{ code, session, isOffline },
  ...{ redemptions: [], refreshes: [], revocations: [], uses: [], tokenRevocations: [] },
})
