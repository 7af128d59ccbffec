import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { Problem } from '../../model/problem.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { ComposeReader } from './compose-reader.ts'
import type { ComposeService } from './compose-service.ts'
import type { Environment } from './interpolate.ts'
import { completeService, mergeServices } from './merge-services.ts'
import { readNamedFiles } from './read-mounts.ts'
import { readService, type PartOfService } from './read-service.ts'

export interface ComposeFile {
  /** Those that were named, joined in this order. */
  readonly files: readonly string[]
  /** That of the first one, which relative paths start from; absolute. */
  readonly folder: string
  readonly services: readonly ComposeService[]
  /** Services that only a profile starts which was not asked for. */
  readonly dormant: readonly ComposeService[]
  /** `.env` beside it (or the file that was named), as compose reads it, below the environment of the process. */
  readonly env: Environment
  /** The `.env` that was read; undefined when there is none. */
  readonly envFile: string | undefined
}

/** As options of docker compose say. */
export interface ComposeOptions {
  /** Whose services are taken over, too; `*` is all. */
  readonly profiles?: readonly string[] | undefined
  /** In place of `.env`. */
  readonly envFile?: string | undefined
}

/** Files that include or extend each other are followed so far. */
const MAX_DEPTH = 10

/**
 * Reads compose files as `docker compose -f A -f B --profile P` joins them: of any version, with `extends` and `include`. Throws a
 * `Problem` with `file:line:col` for what is none, and for variables that have to be set and are not.
 */
export function readComposeFiles(
  files: readonly string[],
  given: Environment,
  { profiles = [], envFile: namedEnvFile }: ComposeOptions = {},
): ComposeFile {
  const folder = path.dirname(path.resolve(files[0] ?? '.'))
  const envFile = path.resolve(namedEnvFile ?? path.join(folder, '.env'))
  if (namedEnvFile !== undefined && !existsSync(envFile))
    throw new Problem('not_found', `there is no file ${envFile}`)
  const hasEnv = existsSync(envFile)
  const env = { ...(hasEnv ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...given }
  const project = new Project(env)
  for (const file of files) project.add(file, folder, 0)
  const all = project.finish().map(completeService)
  const isAwake = (service: ComposeService): boolean =>
    service.profiles.length === 0 ||
    profiles.includes('*') ||
    service.profiles.some((profile) => profiles.includes(profile))
  return {
    ...{ files, folder, env, envFile: hasEnv ? envFile : undefined },
    services: all.filter(isAwake),
    dormant: all.filter((service) => !isAwake(service)),
  }
}

/** The services of several files. */
class Project {
  readonly #env: Environment
  readonly #faults = new FaultList()
  readonly #services = new Map<string, PartOfService>()

  constructor(env: Environment) {
    this.#env = env
  }

  add(file: string, folder: string, depth: number): void {
    for (const service of this.#read(file, folder, depth)) {
      const earlier = this.#services.get(service.name)
      const joined = earlier === undefined ? service : mergeServices(earlier, service)
      this.#services.set(service.name, joined)
    }
  }

  finish(): readonly PartOfService[] {
    const fault = this.#faults.items.find(({ severity }) => severity === 'error')
    if (fault !== undefined) throw new Problem('bad_data', formatFault(fault))
    return [...this.#services.values()]
  }

  #read(file: string, folder: string, depth: number): readonly PartOfService[] {
    const root = parseYaml(readText(file), { file, faults: this.#faults })
    const map = root?.asMap()
    if (map === undefined) return []
    this.#include(map, folder, depth)
    const nodes = servicesOf(map)
    const reader = new ComposeReader(folder, this.#env)
    const stack = {
      configs: readNamedFiles(map.key('configs'), reader),
      secrets: readNamedFiles(map.key('secrets'), reader),
    }
    const parts = new Map(nodes.map((node) => [node.name, readService(node, reader, stack)]))
    return [...parts.values()].map((part) => this.#extend(part, { parts, depth }))
  }

  /** `include: [FILE, {path, project_directory}]`. */
  #include(map: YamlMap, folder: string, depth: number): void {
    const reader = new ComposeReader(folder, this.#env)
    for (const each of reader.itemsOf(map.key('include'))) {
      const written = each.isMap
        ? reader.texts(each.asMap()?.key('path'))
        : [reader.replaced(each)].filter((text) => text !== '')
      for (const name of written) {
        const file = path.resolve(folder, name)
        if (this.#isTooDeep(each, depth)) return
        this.add(file, path.dirname(file), depth + 1)
      }
    }
  }

  #extend(
    part: PartOfService,
    place: { readonly parts: ReadonlyMap<string, PartOfService>; readonly depth: number },
  ): PartOfService {
    const { extended } = part
    if (extended === undefined || this.#isTooDeep(extended.node, place.depth)) return part
    const { service, file, node } = extended
    const parts =
      file === undefined
        ? place.parts
        : new Map(
            this.#read(file, path.dirname(file), place.depth + 1).map((one) => [one.name, one]),
          )
    const found = parts.get(service)
    if (found === undefined) {
      node.error(`there is no service ${service}${file === undefined ? '' : ` in ${file}`}`)
      return part
    }
    const below = this.#extend(found, { parts, depth: place.depth + 1 })
    // The name of the other service is not the one that it is reached by.
    const hostNames = below.hostNames.filter((name) => name !== service)
    return { ...mergeServices({ ...below, hostNames }, part), extended: undefined }
  }

  #isTooDeep(node: YamlNode, depth: number): boolean {
    if (depth < MAX_DEPTH) return false
    node.error(`more than ${MAX_DEPTH} files or services that extend each other`)
    return true
  }
}

/** Those under `services`; in files of the first version, which have no such key, all that is there. */
function servicesOf(map: YamlMap): readonly YamlNode[] {
  if (map.has('services')) {
    const services = map.key('services')
    if (services.isEmpty) services.error('is needed: this is not a compose file')
    return services.asMap()?.entries() ?? []
  }
  const all = map.entries()
  const isFirstVersion = all.some((node) => {
    const inner = node.isMap ? node.asMap() : undefined
    return inner !== undefined && (inner.has('image') || inner.has('build'))
  })
  if (isFirstVersion) return all.filter(({ isMap, name }) => isMap && !name.startsWith('x-'))
  if (!map.has('include')) map.node.error('services: is needed: this is not a compose file')
  return []
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : ''
    throw new Problem('not_found', `${file} cannot be read: ${reason}`)
  }
}
