import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { Problem } from '../../model/problem.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { interpolate } from './interpolate.ts'
import { splitWords } from './split-words.ts'

/** A service of a compose file, as far as it matters here. Texts are as written: variables are still in them. */
export interface ComposeService {
  readonly name: string
  /** With variables replaced; '' for one that is built. */
  readonly image: string
  /** Under which other services reach it: its name, that of its container, its host name, aliases of its networks. */
  readonly hostNames: readonly string[]
  /** Entrypoint and command. */
  readonly command: readonly string[]
  readonly environment: ReadonlyMap<string, string>
  readonly mounts: readonly Mount[]
  readonly ports: readonly PublishedPort[]
  readonly replicas: number
  readonly line: number
}

/** A file or folder of the host in a container; named volumes are left out. */
export interface Mount {
  /** Absolute, on the host. */
  readonly source: string
  readonly target: string
}

export interface PublishedPort {
  /** '' is every address. */
  readonly hostIp: string
  readonly host: number
  readonly container: number
}

export interface ComposeFile {
  readonly file: string
  /** Absolute. */
  readonly folder: string
  readonly services: readonly ComposeService[]
  /** `.env` beside it, as compose reads it, below the environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The `.env` that was read; undefined when there is none. */
  readonly envFile: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads a compose file. Throws a `Problem` with `file:line:col` for what is not one. */
export function readComposeFile(file: string, given: Environment): ComposeFile {
  const folder = path.dirname(path.resolve(file))
  const envFile = path.join(folder, '.env')
  const hasEnv = existsSync(envFile)
  const env = { ...(hasEnv ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...given }
  const faults = new FaultList()
  const root = parseYaml(readText(file), { file, faults })
  const services = root?.asMap()?.key('services')
  if (services?.isEmpty === true) services.error('is needed: this is not a compose file')
  const found = services?.asMap()?.entries() ?? []
  const all = found.map((node) => readService(node, { folder, env }))
  const fault = faults.items.find(({ severity }) => severity === 'error')
  if (fault !== undefined) throw new Problem('bad_data', formatFault(fault))
  return { file, folder, services: all, env, envFile: hasEnv ? envFile : undefined }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : ''
    throw new Problem('not_found', `${file} cannot be read: ${reason}`)
  }
}

interface Place {
  readonly folder: string
  readonly env: Environment
}

function readService(node: YamlNode, place: Place): ComposeService {
  const map = node.asMap()
  const text = (name: string): string | undefined => map?.key(name).asRawString()
  const replaced = (name: string): string => interpolate(text(name) ?? '', place.env)
  const names = [node.name, replaced('container_name'), replaced('hostname'), ...networkNames(map)]
  return {
    name: node.name,
    image: replaced('image'),
    hostNames: [...new Set(names.filter((name) => name !== ''))],
    command: [...wordsOf(map?.key('entrypoint')), ...wordsOf(map?.key('command'))].map((word) =>
      interpolate(word, place.env),
    ),
    environment: readPairs(map?.key('environment')),
    mounts: itemsOf(map?.key('volumes')).flatMap((each) => readMount(each, place)),
    ports: itemsOf(map?.key('ports')).flatMap((each) => readPort(each, place)),
    replicas: map?.key('deploy').isMap === true ? readReplicas(map.key('deploy'), place) : 1,
    line: node.line,
  }
}

function readReplicas(node: YamlNode, { env }: Place): number {
  const text = interpolate(node.asMap()?.key('replicas').asRawString() ?? '', env)
  return /^\d{1,4}$/.test(text) ? Number(text) : 1
}

function networkNames(map: YamlMap | undefined): readonly string[] {
  const networks = map?.key('networks')
  if (networks?.isMap !== true) return []
  return (networks.asMap()?.entries() ?? []).flatMap((network) =>
    network.isMap
      ? (network.asMap()?.key('aliases').asList() ?? []).map((each) => each.asRawString() ?? '')
      : [],
  )
}

/** A list of words, or a line as a shell would split it. */
function wordsOf(node: YamlNode | undefined): readonly string[] {
  if (node === undefined || node.isEmpty) return []
  if (node.isScalar) return splitWords(node.asRawString() ?? '')
  return itemsOf(node).map((each) => each.asRawString() ?? '')
}

/** The items of a list; none of what is no list. */
function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined || node.isEmpty || node.isMap || node.isScalar) return []
  return node.asList() ?? []
}

/** `{NAME: value}` or `[NAME=value]`. A name alone is taken from the environment. */
function readPairs(node: YamlNode | undefined): ReadonlyMap<string, string> {
  if (node === undefined || node.isEmpty) return new Map()
  if (node.isMap) {
    const entries = node.asMap()?.entries() ?? []
    return new Map(
      entries.map((each) => [
        each.name,
        each.isEmpty ? `\${${each.name}}` : (each.asRawString() ?? ''),
      ]),
    )
  }
  return new Map(
    (node.asList() ?? []).map((each) => {
      const text = each.asRawString() ?? ''
      const at = text.indexOf('=')
      return at < 0 ? [text, `\${${text}}`] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

function readMount(node: YamlNode, { folder, env }: Place): readonly Mount[] {
  if (node.isMap) {
    const map = node.asMap()
    const at = (name: string): string => interpolate(map?.key(name).asRawString() ?? '', env)
    return at('type') === 'bind'
      ? [{ source: path.resolve(folder, at('source')), target: at('target') }]
      : []
  }
  const [source = '', target = ''] = interpolate(node.asRawString() ?? '', env).split(':')
  // Anything that is no path is a named volume.
  if (!/^[./~]/.test(source) || !target.startsWith('/')) return []
  const home = env['HOME'] ?? '~'
  return [{ source: path.resolve(folder, source.replace(/^~/, home)), target }]
}

function readPort(node: YamlNode, { env }: Place): readonly PublishedPort[] {
  if (node.isMap) {
    const map = node.asMap()
    const at = (name: string): string => interpolate(map?.key(name).asRawString() ?? '', env)
    return portOf(at('host_ip'), at('published'), at('target'))
  }
  const text = interpolate(node.asRawString() ?? '', env).replace(/\/(?:tcp|udp)$/, '')
  const found = /^(?:(?:\[?([0-9a-fA-F.:]+?)\]?:)?(\d+):)?(\d+)$/.exec(text)
  return found === null ? [] : portOf(found[1] ?? '', found[2] ?? '', found[3] ?? '')
}

function portOf(hostIp: string, host: string, container: string): readonly PublishedPort[] {
  if (!/^\d+$/.test(host) || !/^\d+$/.test(container)) return []
  return [{ hostIp, host: Number(host), container: Number(container) }]
}
