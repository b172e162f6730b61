/** The sessions of one app, kept in a file so that a restart signs nobody out. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** An authorization request that is under way: one per tab. */
export interface PendingSignIn {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** It was asked with prompt=none: a refusal is no fault. */
  readonly silent: boolean
}

export interface SignedIn {
  readonly subject: string
  /** The userinfo response at sign-in: the name to show. */
  readonly profile: Readonly<Record<string, unknown>>
  /** The claims of the ID token. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly idToken: string
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** Milliseconds since the epoch. */
  readonly accessTokenExpiresAt: number
  readonly refreshedAt: number | undefined
}

export interface AppSession {
  readonly id: string
  readonly pending: readonly PendingSignIn[]
  readonly signedIn?: SignedIn | undefined
  /** Shown once, on the next page. */
  readonly notice?: string | undefined
  /** The next page does not try to sign in by itself: it just did. */
  readonly askedSilently?: boolean | undefined
}

export interface SessionStore {
  find(id: string | undefined): AppSession | undefined
  /** A new one, with an id that nobody can guess. */
  create(contents?: Partial<Omit<AppSession, 'id'>>): AppSession
  save(session: AppSession): void
  remove(id: string): void
}

/** More than this is a crawler, not a browser: the oldest go. */
const MOST_SESSIONS = 200

export function openSessionStore(path: string): SessionStore {
  const sessions = new Map<string, AppSession>(readSessions(path).map((session) => [session.id, session]))

  function write(): void {
    for (const id of [...sessions.keys()].slice(0, Math.max(0, sessions.size - MOST_SESSIONS))) sessions.delete(id)
    writeFileSync(`${path}.new`, JSON.stringify([...sessions.values()]), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  function save(session: AppSession): void {
    sessions.set(session.id, session)
    write()
  }
  return {
    save,
    find: (id) => (id === undefined ? undefined : sessions.get(id)),
    create(contents = {}) {
      const session = { pending: [], ...contents, id: randomBytes(32).toString('base64url') }
      save(session)
      return session
    },
    remove(id) {
      sessions.delete(id)
      write()
    },
  }
}

function readSessions(path: string): AppSession[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // None yet, or the demo was stopped half-way through its life: people sign in once more.
    return []
  }
}
