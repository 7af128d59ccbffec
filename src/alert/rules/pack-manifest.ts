import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseSeriesSelector } from '../../lang/promql/parse.ts'
import { matcher, type Matcher } from '../../model/matcher.ts'
import { messageOf } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readYamlFile } from '../../yaml/read-file.ts'
import { readVariable, VARIABLE_NAME, VARIABLE_UNITS, type PackVariable } from './pack-variables.ts'

/** What `pack.yml` says of a pack (docs/packs.md). */
export interface PackManifest {
  /** Absolute or as found: the folder of the pack. */
  readonly folder: string
  /** The name of the folder too. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** The selector whose series switch the rules on, as it is written. */
  readonly needs: string
  readonly needsMatchers: readonly Matcher[]
  /** How the data comes here, for people who have none. */
  readonly connect: string
  readonly variables: readonly PackVariable[]
  /** What `vedette packs enable` writes; undefined where nothing need be written. */
  readonly enable: PackEnable | undefined
}

/** What brings the data of a pack here, as YAML in which `${targets}` stands for a list of addresses. */
export interface PackEnable {
  /** A section of vedette.yml, or items of `scrape_configs`. */
  readonly kind: 'section' | 'scrape'
  readonly texts: readonly string[]
  /** Where it is usually found; empty when somebody has to say it. */
  readonly targets: readonly string[]
}

const MANIFEST = 'pack.yml'
const PACK_NAME = /^[a-z][a-z0-9_-]*$/

/** Names of `packs:` in vedette.yml that no pack can have. */
export const RESERVED_PACK_NAMES: readonly string[] = ['runbooks']

/** Whether a folder is that of a pack. */
export function isPackFolder(folder: string): boolean {
  return existsSync(path.join(folder, MANIFEST))
}

/** Reads the `pack.yml` of a folder; undefined when it is too wrong for anything else to be read. */
export function readManifest(folder: string, faults: FaultList): PackManifest | undefined {
  const root = readYamlFile(path.join(folder, MANIFEST), { faults })
  const map = root?.asMap()
  if (!map) return root?.error('a pack needs name, title, description and needs')
  const text = (name: string): string => {
    const node = map.key(name)
    const written = node.asRawString() ?? ''
    if (written === '' && (node.isEmpty || node.isScalar)) map.node.error(`${name} must be set`)
    return written.trim()
  }
  const manifest = {
    folder,
    name: text('name'),
    title: text('title'),
    description: text('description'),
    needs: text('needs'),
    needsMatchers: readNeeds(map.key('needs')),
    connect: (map.key('connect').asRawString() ?? '').trim(),
    enable: readEnable(map.key('enable')),
    variables: (map.key('variables').asMap()?.entries() ?? []).flatMap(
      (node) => readDeclaration(node) ?? [],
    ),
  }
  map.finish()
  checkName(map.key('name'), manifest)
  return manifest
}

function checkName(node: YamlNode, { name, folder }: PackManifest): void {
  if (name === '') return
  if (!PACK_NAME.test(name)) node.error('must be of small letters, digits, - and _, a letter first')
  else if (RESERVED_PACK_NAMES.includes(name)) node.error(`${name} is a key of its own in packs:`)
  else if (name !== path.basename(path.resolve(folder)))
    node.error(`must be the name of its folder, ${path.basename(path.resolve(folder))}`)
}

function readNeeds(node: YamlNode): readonly Matcher[] {
  const text = node.asRawString() ?? ''
  if (text === '') return []
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    const reason = parsed.faults[0]?.message ?? 'cannot be parsed'
    node.error(`not a series selector such as pg_up or {job="a"}: ${reason}`)
    return []
  }
  try {
    return parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
  } catch (thrown) {
    node.error(messageOf(thrown))
    return []
  }
}

function readEnable(node: YamlNode): PackEnable | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const section = map.key('section').asRawString()
  const scrape = map.key('scrape').asStrings()
  const targets = map.key('targets').asStrings() ?? []
  map.finish()
  if ((section === undefined) === (scrape === undefined))
    return node.error('one of section and scrape must be set')
  return section === undefined
    ? { kind: 'scrape', texts: scrape ?? [], targets }
    : { kind: 'section', texts: [section], targets }
}

function readDeclaration(node: YamlNode): PackVariable | undefined {
  if (!VARIABLE_NAME.test(node.name) || node.name === 'enabled') {
    return node.errorAtKey('a variable is of small letters, digits and _, and not called enabled')
  }
  const map = node.asMap()
  if (!map)
    return node.isEmpty ? node.error('default, unit and description must be set') : undefined
  const unitNode = map.key('unit')
  const unit = unitNode.asOneOf(VARIABLE_UNITS)
  const fallback = unit === undefined ? undefined : readVariable(map.key('default'), unit)
  const description = (map.key('description').asRawString() ?? '').trim()
  map.finish()
  if (unitNode.isEmpty) return map.node.error('unit must be set')
  if (description === '') return map.node.error('description must be set')
  if (unit === undefined || fallback === undefined) return undefined
  return { name: node.name, unit, fallback, description }
}
