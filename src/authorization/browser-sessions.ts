/**
 * The accounts that are signed in in one browser, as its cookies have them: the only place that writes them. Handles whose session
 * is over go with the next change.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { cookieOf, type Handle, handlesIn, withActive, without, withRenewed } from '../sessions/handles.ts'
import { findEverybody, type Present } from '../sessions/session.ts'
import { keepState } from './session-state.ts'

type BrowserDeps = Pick<Deps, 'config' | 'cookies' | 'storage' | 'lifetimes' | 'clock'>

export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Everybody who is signed in here, the active one first; idle ones, too. */
export const everybodyHere = (
  deps: Pick<Deps, 'cookies' | 'storage' | 'lifetimes' | 'clock'>,
  request: FastifyRequest,
): Promise<readonly Present[]> => findEverybody(deps, deps.cookies.session.read(request))

/**
 * Somebody has just signed in, and is the active one from now on.
 * @param others the sessions that stay beside it
 */
export const keepActive = (
  deps: BrowserDeps,
  handle: Handle,
  others: readonly string[],
  exchange: Exchange,
): Promise<void> =>
  change(deps, exchange, (handles) =>
    withActive(
      handles.filter(({ id }) => others.includes(id)),
      handle,
    ),
  )

/** A session is under another secret: the others, and who is active, stay. */
export const keepRenewed = (deps: BrowserDeps, handle: Handle, exchange: Exchange): Promise<void> =>
  change(deps, exchange, (handles) => withRenewed(handles, handle))

/** Signed out. */
export const dropSessions = (deps: BrowserDeps, sessionIds: readonly string[], exchange: Exchange): Promise<void> =>
  change(deps, exchange, (handles) => without(handles, sessionIds))

/** The account that is active from now on, and preferred to the others wherever an app does not say whom it wants. */
export async function makeActive(deps: BrowserDeps, sessionId: string, exchange: Exchange): Promise<void> {
  await deps.storage.sessions.choose(sessionId, deps.clock.now())
  await change(deps, exchange, (handles) => {
    const active = handles.find(({ id }) => id === sessionId)
    return active === undefined ? handles : withActive(handles, active)
  })
}

async function change(
  deps: BrowserDeps,
  { request, reply }: Exchange,
  make: (handles: readonly Handle[]) => readonly Handle[],
): Promise<void> {
  const { cookies } = deps
  const before = cookies.session.read(request)
  const handles = make(handlesIn(before))
  // One that has just begun is there; what else is not there any more is forgotten.
  const there = new Set((await findEverybody(deps, cookieOf(handles))).map((one) => one.session.id))
  const cookie = cookieOf(handles.filter(({ id }) => there.has(id)))
  if (cookie === '') cookies.session.clear(reply)
  else if (cookie !== before) cookies.session.write(reply, cookie)
  await keepState(deps, { cookie, request, reply })
}
