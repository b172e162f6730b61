/** Reads the part of the Dockerfile language that our Dockerfile uses; anything else is an error. */

export interface Instruction {
  readonly name: string
  readonly line: number
  /** `--from=build` → `{ from: 'build' }` */
  readonly flags: Readonly<Record<string, string>>
  /** The words of the exec form, or undefined where it is not one. */
  readonly exec: readonly string[] | undefined
  /** All that follows the flags. */
  readonly text: string
}

export interface Stage {
  readonly base: string
  readonly name: string
  readonly instructions: readonly Instruction[]
}

const KNOWN = new Set(
  'ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN STOPSIGNAL USER VOLUME WORKDIR'.split(' '),
)

/** The stages in their order; throws for what it does not know. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string; instructions: Instruction[] }[] = []
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = String(stages.length)] = instruction.text.split(/\s+/)
      stages.push({ base, name, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

function instructionsOf(text: string): readonly Instruction[] {
  const instructions: Instruction[] = []
  let open = ''
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue
    open += raw.replace(/\\\s*$/, ' ')
    if (/\\\s*$/.test(raw)) continue
    instructions.push(instruction(open.trim(), index + 1))
    open = ''
  }
  return instructions
}

function instruction(text: string, line: number): Instruction {
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? []
  if (!KNOWN.has(name)) throw new Error(`Dockerfile line ${line}: ${name} is not known to tools/dockerfile/parse.ts`)
  const flags: Record<string, string> = {}
  let left = rest
  for (let found = FLAG.exec(left); found !== null; found = FLAG.exec(left)) {
    flags[found[1] ?? ''] = found[2] ?? ''
    left = left.slice(found[0].length)
  }
  // `HEALTHCHECK … CMD ["a", "b"]`
  const list = /^(?:CMD\s+)?(\[.*\])$/.exec(left)?.[1]
  return { name, line, flags, exec: list === undefined ? undefined : JSON.parse(list), text: left }
}

const FLAG = /^--([a-z-]+)=(\S+)\s+/
