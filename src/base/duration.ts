/** Durations as people write them (`60s`, `5m`, `24h`, `90d`) and as the code counts them (milliseconds). */

/** A length of time in milliseconds. */
export type Duration = number

const UNITS: Readonly<Record<string, Duration>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** `5m` → 300000; undefined when `text` is not a whole number followed by ms, s, m, h or d. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  return match && unit ? Number(match[1]) * unit : undefined
}

/** 300000 → `5m`: the largest unit that divides it evenly. */
export function formatDuration(duration: Duration): string {
  const [name, unit] = Object.entries(UNITS)
    .reverse()
    .find(([, size]) => duration >= size && duration % size === 0) ?? ['ms', 1]
  return `${duration / unit}${name}`
}

/** 265000000 → `3d`: the largest unit of which there is at least one, and no fractions; for people. */
export function formatAge(duration: Duration): string {
  const [name, unit] = Object.entries(UNITS)
    .filter(([, size]) => size >= SECOND)
    .reverse()
    .find(([, size]) => duration >= size) ?? ['s', SECOND]
  return `${Math.max(0, Math.floor(duration / unit))}${name}`
}
