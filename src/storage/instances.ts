/** The processes that serve from one database, which configuration each of them runs, and a word to all of them. */
import type { Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE } from '../base/duration.ts'

/** A process as it reports itself. */
export interface InstanceReport {
  readonly id: string
  /** Machine and process, for people. */
  readonly label: string
  /** Of the configuration that it runs. */
  readonly revision: string
  readonly startedAt: Timestamp
  /** By its own clock. */
  readonly seenAt: Timestamp
}

/** Clocks of several machines may differ a little. */
const SEEN_WITHIN: Duration = MINUTE

/** Whether it is still there, as far as the time tells; one that was not seen for longer went without a word. */
export const isThere = ({ seenAt }: Pick<InstanceReport, 'seenAt'>, now: Timestamp): boolean =>
  now - seenAt < SEEN_WITHIN

export interface Instance extends InstanceReport {
  /** Grows with every report: one that stands still belongs to a process that is gone. */
  readonly turn: number
  /** What came of the last reload that somebody asked for; undefined while one is asked for and not answered. */
  readonly answer: ReloadAnswer | undefined
}

/** What came of a reload, as everybody may know it. */
export interface ReloadAnswer {
  readonly outcome: 'applied' | 'unchanged' | 'refused'
  readonly revision: string
  /** For people; why it was refused, without a secret. */
  readonly detail: string
}

export interface InstanceStore {
  /** It lives. Gives the number of the reload that it is asked for and has not answered; undefined when there is none. */
  report(instance: InstanceReport): Promise<number | undefined>
  answer(id: string, asked: number, answer: ReloadAnswer): Promise<void>
  /** All that have not left, also those that are gone without a word; by their start. */
  list(): Promise<readonly Instance[]>
  /** Asks every one to read its configuration again. */
  askToReload(): Promise<void>
  leave(id: string): Promise<void>
}
