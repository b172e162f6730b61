/** Amounts of memory as people write them (`19456KiB`, `19MiB`) and as the code counts them (KiB). */

const UNITS: Readonly<Record<string, number>> = { KiB: 1, MiB: 1024, GiB: 1024 * 1024 }

/** `19MiB` → 19456; undefined when `text` is not a whole number followed by KiB, MiB or GiB. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(KiB|MiB|GiB)$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  return match && unit ? Number(match[1]) * unit : undefined
}

/** 19456 → `19MiB`: the largest unit that divides it evenly. */
export function formatSize(kib: number): string {
  const [name, unit] = Object.entries(UNITS)
    .reverse()
    .find(([, size]) => kib % size === 0) ?? ['KiB', 1]
  return `${kib / unit}${name}`
}
