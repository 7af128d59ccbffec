import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { PackEnable, PackManifest } from '../alert/rules/pack-manifest.ts'
import {
  findConfigFiles,
  looksLikePrometheus,
  type FoundFiles,
} from '../collect/config/find-config.ts'
import { Problem } from '../model/problem.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { insertItem, insertSection } from '../yaml/insert-yaml.ts'
import { parseYaml } from '../yaml/parse.ts'

/** A file as it is and as it is to be. */
export interface FileChange {
  readonly file: string
  /** Undefined: there is no such file yet. */
  readonly before: string | undefined
  readonly after: string
}

export interface EnablePlan {
  readonly changes: readonly FileChange[]
  /** A line a pack: what is done, or why nothing is to be done. */
  readonly notes: readonly string[]
}

/** Where sections and jobs go. */
interface Places {
  /** The vedette.yml; undefined when a prometheus.yml alone is the configuration. */
  readonly vedette: string | undefined
  /** The file that has `scrape_configs`, and the keys above them. */
  readonly scrape: { readonly file: string; readonly keys: readonly string[] }
}

/** What is watched when no prometheus.yml is there: whoever writes one goes on watching it. */
const DEFAULT_JOBS = [
  "job_name: prometheus\nstatic_configs: [{targets: ['localhost:9090']}]\n",
  "job_name: node\nstatic_configs: [{targets: ['localhost:9100']}]\n",
]

/**
 * What would be written to bring the data of packs here, for the configuration that `config` names. Throws a `Problem` that says what
 * to do where nothing can be written; nothing is written here.
 */
export function planEnable(
  packs: readonly PackManifest[],
  config: string,
  targets: readonly string[],
): EnablePlan {
  const texts = new Texts()
  const places = findPlaces(config, texts)
  const notes = packs.map((pack) => {
    const { name, enable } = pack
    if (enable === undefined) return `${name}: nothing to write. ${pack.connect}`.trim()
    const files = fillTargets(name, enable, targets).flatMap((text) =>
      enable.kind === 'section'
        ? (writeSection(name, text, places, texts) ?? [])
        : (writeJob(text, places, texts) ?? []),
    )
    return files.length === 0
      ? `${name}: is there already`
      : `${name}: added to ${[...new Set(files)].join(', ')}`
  })
  return { changes: texts.changes(), notes }
}

/** The texts of files as they are to be. */
class Texts {
  readonly #before = new Map<string, string | undefined>()
  readonly #after = new Map<string, string>()

  read(file: string): string {
    const known = this.#after.get(file)
    if (known !== undefined) return known
    const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    this.#before.set(file, text)
    this.#after.set(file, text ?? '')
    return text ?? ''
  }

  /** Undefined when nothing has changed; the file otherwise. */
  write(file: string, text: string): string | undefined {
    if (this.read(file) === text) return undefined
    this.#after.set(file, text)
    return file
  }

  changes(): readonly FileChange[] {
    return [...this.#after].flatMap(([file, after]) => {
      const before = this.#before.get(file)
      return (before ?? '') === after ? [] : [{ file, before, after }]
    })
  }
}

function fillTargets(
  name: string,
  enable: PackEnable,
  given: readonly string[],
): readonly string[] {
  if (!enable.texts.some((text) => text.includes('${targets}'))) {
    if (given.length === 0) return enable.texts
    throw new Problem('bad_data', `the pack ${name} takes no --target`)
  }
  const targets = given.length > 0 ? given : enable.targets
  if (targets.length === 0)
    throw new Problem('bad_data', `the pack ${name} needs to know what: --target ADDRESS`)
  const shown = targets.map((target) => `'${target.replaceAll("'", "''")}'`).join(', ')
  return enable.texts.map((text) => text.replaceAll('${targets}', `[${shown}]`))
}

function findPlaces(config: string, texts: Texts): Places {
  const faults = new FaultList()
  const isNew = /\.ya?ml$/.test(config) && !existsSync(config)
  if (isNew && !existsSync(path.dirname(path.resolve(config))))
    throw new Problem('not_found', `there is no folder ${path.dirname(config)}`)
  const found: FoundFiles = isNew ? { main: config } : findConfigFiles(config, faults)
  if (faults.hasErrors) throw new Problem('not_found', faults.items.map(formatFault).join('; '))
  const isFolder = statSync(config, { throwIfNoEntry: false })?.isDirectory() === true
  const main = found.main ?? (isFolder ? path.join(config, 'vedette.yml') : config)
  const root = parseYaml(texts.read(main), { file: main, faults: new FaultList() })
  if (root !== undefined && looksLikePrometheus(root))
    return { vedette: undefined, scrape: { file: main, keys: ['scrape_configs'] } }
  const node = root?.isMap === true ? root.asMap()?.key('prometheus') : undefined
  const own = { file: main, keys: ['prometheus', 'scrape_configs'] }
  if (node?.isMap === true) return { vedette: main, scrape: own }
  const written = node?.asString()
  const file = written === undefined ? found.prometheus : path.resolve(path.dirname(main), written)
  return {
    vedette: main,
    scrape: file === undefined ? own : { file, keys: ['scrape_configs'] },
  }
}

function writeSection(
  name: string,
  section: string,
  { vedette, scrape }: Places,
  texts: Texts,
): string | undefined {
  if (vedette === undefined) {
    throw new Problem(
      'bad_data',
      `the pack ${name} needs a section of a vedette.yml, and ${scrape.file} is a prometheus.yml: ` +
        'let --config name its folder',
    )
  }
  return naming(vedette, () => texts.write(vedette, insertSection(texts.read(vedette), section)))
}

function writeJob(job: string, { scrape }: Places, texts: Texts): string | undefined {
  const { file, keys } = scrape
  const names = jobNames(texts.read(file), keys)
  const [name = ''] = jobNames(`scrape_configs: [${JSON.stringify(parseJob(job))}]`, [
    'scrape_configs',
  ])
  if (names.includes(name)) return undefined
  return naming(file, () => {
    const isFirst = keys.length > 1 && names.length === 0 && !hasSection(texts.read(file), keys[0])
    let text = texts.read(file)
    for (const each of [...(isFirst ? DEFAULT_JOBS : []), job]) text = insertInto(text, keys, each)
    return texts.write(file, text)
  })
}

/** `prometheus:` is made with its list, since nothing can be put into what is not there. */
function insertInto(text: string, keys: readonly string[], item: string): string {
  const [outer = '', inner] = keys
  if (inner === undefined || hasSection(text, outer)) return insertItem(text, keys, item)
  const lines = item.trimEnd().split('\n').join('\n      ')
  return insertSection(text, `${outer}:\n  ${inner}:\n    - ${lines}\n`)
}

function hasSection(text: string, name = ''): boolean {
  const root = parseYaml(text, { file: '', faults: new FaultList() })
  return root?.isMap === true && root.asMap()?.key(name).isMap === true
}

function parseJob(job: string): unknown {
  const root = parseYaml(job, { file: 'job', faults: new FaultList() })
  return { job_name: root?.asMap()?.key('job_name').asString() ?? '' }
}

function jobNames(text: string, keys: readonly string[]): readonly string[] {
  let node = parseYaml(text, { file: '', faults: new FaultList() })
  for (const key of keys) node = node?.isMap === true ? node.asMap()?.key(key) : undefined
  return (node?.asList() ?? []).flatMap((item) => {
    const name = item.isMap ? item.asMap()?.key('job_name').asString() : undefined
    return name ?? []
  })
}

/** A refusal says which file it is about. */
function naming<T>(file: string, write: () => T): T {
  try {
    return write()
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    throw new Problem(thrown.code, `${file}: ${thrown.message}`, { cause: thrown })
  }
}
