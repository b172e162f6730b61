/** Collects every fault of a configuration, so that all are reported at once, and knows where each value stands. */
import { withoutLookalikes } from '../protocol/checks.ts'
import { type Fault, formatPath, formatPlace, type Path, type Position, type Words } from './fault.ts'

export interface FaultList {
  /** Where the value at `path` stands, and what of it may be shown. */
  remember(path: Path, position: Position, found: string): void
  /** In its own file, what is at `path` is at `own`: that is told. */
  placeInItsFile(path: Path, own: Path): void
  /** A fault of the value at `path`, which is what another one is already. */
  reportTwice(path: Path, first: Path, words: Omit<Words, 'message'>): void
  /** A fault of the value at `path`; of a value that is not there, at the nearest one around it. */
  report(path: Path, words: Words): void
  /** A fault that stands at `position`, whatever is remembered of `path`. */
  reportAt(position: Position | undefined, path: Path, words: Words): void
  /** Of a file beside the configuration file, as a whole. */
  reportFile(file: string, words: Words): void
  /** Something that works but is likely not meant. */
  warn(path: Path, words: Words): void
  /** Whether a fault is at, below or above `path`: then a rule that reads it would only repeat that. */
  touches(path: Path): boolean
  /** In the order of the files. */
  faults(): readonly Fault[]
  warnings(): readonly Fault[]
}

interface Place {
  readonly position: Position
  readonly found: string
}

/** A new, empty list for `file` (its name as it is printed). */
export function faultList(file: string): FaultList {
  const places = new Map<string, Place>()
  const inFiles = new Map<string, Path>()
  const touched = new Set<string>()
  const faulty = new Set<string>()
  const faults: Fault[] = []
  const warnings: Fault[] = []

  const placeOf = (path: Path) => placed(file, places.get(formatPath(path))?.position ?? nearestPosition(places, path))
  const foundAt = (path: Path): string | undefined => places.get(formatPath(path))?.found
  const at = (path: Path, words: Words): Fault => ({
    ...placeOf(path),
    path: shown(path),
    found: foundAt(path),
    ...words,
  })
  const shown = (path: Path): string => {
    const length = path.findIndex((_, index) => inFiles.has(formatPath(path.slice(0, index + 1)))) + 1
    const own = inFiles.get(formatPath(path.slice(0, length)))
    return shownPath(own === undefined ? path : [...own, ...path.slice(length)])
  }
  const add = (path: Path, fault: Fault): void => {
    faults.push(fault)
    faulty.add(formatPath(path))
    for (const around of pathsAround(path)) touched.add(around)
  }
  return {
    remember: (path, position, found) => void places.set(formatPath(path), { position, found }),
    placeInItsFile: (path, own) => void inFiles.set(formatPath(path), own),
    reportTwice(path, first, words) {
      const message = `${foundAt(path)} is already in ${formatPlace(placeOf(first))}`
      add(path, { ...at(path, { ...words, message }), found: undefined })
    },
    report: (path, words) => add(path, at(path, words)),
    reportAt: (position, path, words) =>
      add(path, { ...placed(file, position), path: shown(path), found: undefined, ...words }),
    reportFile: (other, words) =>
      add([], { file: other, line: undefined, column: undefined, path: '', found: undefined, ...words }),
    warn: (path, words) => void warnings.push(at(path, words)),
    touches: (path) => touched.has(formatPath(path)) || pathsAround(path).some((around) => faulty.has(around)),
    faults: () => faults.toSorted(byPlace(file)),
    warnings: () => warnings.toSorted(byPlace(file)),
  }
}

/** A key that nobody knows may be a secret that landed there. */
const shownPath = (path: Path): string => withoutLookalikes(formatPath(path))

/** `path` and every path that contains it but the whole file. */
const pathsAround = (path: Path): string[] => path.map((_, index) => formatPath(path.slice(0, index + 1)))

function nearestPosition(places: ReadonlyMap<string, Place>, path: Path): Position | undefined {
  for (let length = path.length - 1; length >= 0; length--) {
    const place = places.get(formatPath(path.slice(0, length)))
    if (place) return place.position
  }
  return undefined
}

const placed = (file: string, position: Position | undefined) => ({
  file: position?.file ?? file,
  line: position?.line,
  column: position?.column,
})

/** The configuration file first, then those beside it by their names. */
const byPlace =
  (main: string) =>
  (a: Fault, b: Fault): number =>
    Number(b.file === main) - Number(a.file === main) ||
    compare(a.file, b.file) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
