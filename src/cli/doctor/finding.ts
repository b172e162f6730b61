/** What a check gives: lines for a person, each with what was found and, where something is to be done, what. */

/** `unknown`: it could not be looked at, which is neither good nor bad. */
export type Level = 'fine' | 'warning' | 'problem' | 'unknown'

export interface Finding {
  readonly level: Level
  readonly found: string
  /** In one line or several; left out where there is nothing to do. */
  readonly todo?: string
}

export const fine = (found: string): Finding => ({ level: 'fine', found })
export const warning = (found: string, todo: string): Finding => ({ level: 'warning', found, todo })
export const problem = (found: string, todo: string): Finding => ({ level: 'problem', found, todo })
export const unknown = (found: string, todo?: string): Finding => ({ level: 'unknown', found, ...(todo && { todo }) })

/** One check: its name heads its findings. */
export interface Check {
  readonly name: string
  run(): Promise<readonly Finding[]> | readonly Finding[]
}
