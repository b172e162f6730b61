/** Runs the steps of a Dockerfile on folders: each stage is a folder, its absolute paths lie below it. */
import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, join, relative } from 'node:path'
import type { Instruction, Stage } from './parse.ts'
import { contextFilter, NOBODY } from './tree.ts'

export interface Image {
  readonly root: string
  /** The Node.js that stands for the base image's. */
  readonly node: string
  readonly environment: Readonly<Record<string, string>>
  readonly workdir: string
  readonly user: string | undefined
  readonly volumes: readonly string[]
  readonly stopSignal: NodeJS.Signals
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

interface Places {
  readonly context: string
  readonly scratch: string
}

/** Gives the last stage. */
export function buildImage(stages: readonly Stage[], places: Places): Image {
  const node = join(places.scratch, 'base/node')
  mkdirSync(dirname(node), { recursive: true })
  copyFileSync(process.execPath, node)
  let image: Image | undefined
  for (const stage of stages) {
    if (!stage.base.startsWith('node:')) throw new Error(`${stage.base}: only the official Node.js image is known here`)
    image = buildStage(stage, node, places)
  }
  if (image === undefined) throw new Error('the Dockerfile has no stage')
  return image
}

function buildStage({ name, base, instructions }: Stage, node: string, places: Places): Image {
  const root = join(places.scratch, name)
  mkdirSync(root)
  let image: Image = {
    root,
    node,
    environment: { PATH: [dirname(node), ...systemPath()].join(delimiter) },
    workdir: '/',
    user: undefined,
    volumes: [],
    stopSignal: 'SIGTERM',
    entrypoint: [],
    command: [],
    healthcheck: [],
  }
  console.log(`-- ${name}: FROM ${base}`)
  for (const instruction of instructions) {
    console.log(`-- ${name}: ${instruction.name} ${instruction.text}`)
    image = { ...image, ...step(instruction, image, places) }
  }
  return image
}

/** Without the programs of this project's own node_modules, which no image has. */
const systemPath = (): readonly string[] =>
  (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))

/** Does one step; gives what it changes of the image's settings. */
function step(instruction: Instruction, image: Image, places: Places): Partial<Image> {
  const { name, text } = instruction
  switch (name) {
    case 'WORKDIR':
      mkdirSync(join(image.root, text), { recursive: true })
      return { workdir: text }
    case 'COPY':
      copy(instruction, image, places)
      return {}
    case 'RUN':
      run(text, image)
      return {}
    case 'ENV':
      return { environment: { ...image.environment, ...Object.fromEntries(pairs(text)) } }
    case 'USER':
      return { user: text }
    case 'VOLUME':
      return { volumes: [...image.volumes, ...(instruction.exec ?? text.split(/\s+/))] }
    case 'STOPSIGNAL':
      return { stopSignal: signal(text) }
    case 'ENTRYPOINT':
      return { entrypoint: execForm(instruction) }
    case 'CMD':
      return { command: execForm(instruction) }
    case 'HEALTHCHECK':
      return { healthcheck: execForm(instruction) }
    case 'EXPOSE':
    case 'LABEL':
      return {}
    default:
      throw new Error(`Dockerfile line ${instruction.line}: ${name} is not known to tools/dockerfile/build.ts`)
  }
}

const pairs = (text: string): readonly (readonly [string, string])[] =>
  text.split(/\s+/).map((pair) => {
    const [key = '', ...value] = pair.split('=')
    return [key, value.join('=')] as const
  })

function signal(text: string): NodeJS.Signals {
  if (text === 'SIGTERM' || text === 'SIGINT') return text
  throw new Error(`STOPSIGNAL ${text}: Countersign ends at SIGTERM and SIGINT`)
}

/** A shell between the signal and Node.js would keep it from ending. */
function execForm({ exec, name, line }: Instruction): readonly string[] {
  if (exec === undefined) throw new Error(`Dockerfile line ${line}: ${name} must have the form ["…", "…"]`)
  return exec
}

/** The way to the registry is this machine's; what npm told this program about this project is not for the image. */
const machineEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|init_cwd$|node_options$|ci$)/i.test(name)))

function run(script: string, { root, workdir, environment }: Image): void {
  if (/(^|\s)\/\w/.test(script))
    throw new Error(`RUN ${script}: an absolute path would be this machine's, not the image's`)
  execFileSync('/bin/sh', ['-ec', script], {
    cwd: join(root, workdir),
    env: { ...machineEnvironment(), ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function copy({ text, flags }: Instruction, image: Image, { context, scratch }: Places): void {
  const words = text.split(/\s+/)
  const target = words.pop() ?? ''
  const fromStage = flags['from']
  const isLetIn =
    fromStage === undefined ? contextFilter(readFileSync(join(context, '.dockerignore'), 'utf8')) : () => true
  for (const word of words) {
    const source = fromStage === undefined ? join(context, word) : join(scratch, fromStage, word)
    if (!existsSync(source)) throw new Error(`COPY ${word}: there is no such file`)
    if (!isLetIn(word)) throw new Error(`COPY ${word}: .dockerignore keeps it out`)
    const place = target.startsWith('/') ? join(image.root, target) : join(image.root, image.workdir, target)
    const isInto = target.endsWith('/') || words.length > 1
    cpSync(source, statSync(source).isDirectory() || !isInto ? place : join(place, basename(word)), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => isLetIn(relative(context, path)) || fromStage !== undefined,
    })
    if (flags['chown'] !== undefined && process.getuid?.() === 0) {
      for (const path of [place, ...globSync(`${place}/**`)]) chownSync(path, NOBODY, NOBODY)
    }
  }
}
