import { readdirSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '../../model/problem.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { suggestName } from '../../yaml/suggest.ts'
import {
  isPackFolder,
  readManifest,
  RESERVED_PACK_NAMES,
  type PackManifest,
} from './pack-manifest.ts'
import { packRuleFiles, packValues, renderPackFile } from './pack-rules.ts'
import { readVariable } from './pack-variables.ts'
import { readRuleText } from './read-rule-file.ts'
import type { NamedText, RuleConfig, RuleGroupConfig } from './rule-config.ts'

/** A rule of a pack that a rule file of the user's has an alert of the same name for. */
export interface ReplacedAlert {
  readonly alert: string
  /** `file:line` of the user's rule. */
  readonly by: string
}

/** A pack with its variables filled in. */
export interface Pack {
  readonly manifest: PackManifest
  /** `auto`: its rules are on while its data is there. */
  readonly mode: 'auto' | 'on' | 'off'
  /**
   * Those of a pack that comes with the program are mostly parsed when somebody first asks for them, so ask for no more than is
   * wanted. Throws a `Problem` when the program's files are damaged.
   */
  readonly groups: readonly RuleGroupConfig[]
  readonly replaced: readonly ReplacedAlert[]
}

/** All packs that there are, by name. Dashboards of a pack are `dashboards/*.json` in its folder. */
export interface PacksPart {
  readonly packs: readonly Pack[]
}

export interface PackSources {
  /** The section `packs:` of vedette.yml. */
  readonly node: YamlNode | undefined
  /** Folders of packs; a pack in a later one goes before one of the same name in an earlier one. */
  readonly folders: readonly string[]
  /** That of them whose rules are known to be good, so that they need not be parsed before somebody asks for them. */
  readonly proven?: string
  /** The user's own rules. */
  readonly rules: readonly RuleGroupConfig[]
}

/** Reads all packs and what vedette.yml says of them. */
export function readPacksPart(sources: PackSources, faults: FaultList): PacksPart {
  const manifests = findManifests(sources.folders, faults)
  const section = sources.node?.asMap()
  if (section) checkNames(section, [...manifests.keys()])
  const runbooks = readRunbooks(section?.key('runbooks'))
  const taken = takenAlerts(sources.rules)
  const proven = sources.proven === undefined ? undefined : path.resolve(sources.proven)
  const packs = [...manifests.values()].map((manifest) => {
    const settings = readSettings(section?.key(manifest.name), manifest)
    return readPack(manifest, settings, { runbooks, taken, proven, faults })
  })
  return { packs }
}

/** A pack whose groups are read when somebody first asks for them. */
export function packWhenAsked(
  { manifest, mode, replaced }: Omit<Pack, 'groups'>,
  read: () => readonly RuleGroupConfig[],
): Pack {
  let groups: readonly RuleGroupConfig[] | undefined
  return {
    ...{ manifest, mode, replaced },
    get groups() {
      groups ??= read()
      return groups
    },
  }
}

/** The folder of the packs that come with the program: beside dist/, which holds the bundle (dist/main.js), and beside src/. */
export function builtInPacksFolder(): string {
  const isBundled = !import.meta.url.endsWith('/src/alert/rules/packs-part.ts')
  return fileURLToPath(new URL(isBundled ? '../packs/' : '../../../packs/', import.meta.url))
}

/** The folders of packs for a configuration: the built-in one and `packs/` beside the configuration's file. */
export function packFolders(configFolder: string | undefined): readonly string[] {
  const builtIn = builtInPacksFolder()
  if (configFolder === undefined) return [builtIn]
  const own = path.join(configFolder, 'packs')
  return realPath(own) === realPath(builtIn) ? [builtIn] : [builtIn, own]
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    // It need not be there.
    return folder
  }
}

function findManifests(
  folders: readonly string[],
  faults: FaultList,
): ReadonlyMap<string, PackManifest> {
  const found = new Map<string, PackManifest>()
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      const pack = path.join(folder, name)
      const manifest = isPackFolder(pack) ? readManifest(pack, faults) : undefined
      if (manifest !== undefined) found.set(manifest.name, manifest)
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    // Nobody needs packs of their own.
    return []
  }
}

function checkNames(section: YamlMap, names: readonly string[]): void {
  const known = [...names, ...RESERVED_PACK_NAMES]
  for (const entry of section.entries()) {
    if (known.includes(entry.name)) continue
    const near = suggestName(entry.name, known)
    const hint = near === undefined ? '.' : `; did you mean ${near}?`
    entry.errorAtKey(`there is no pack of this name${hint} There are: ${names.join(', ')}`)
  }
}

/** What goes before `runbook_url`s that name a page of this project; '' leaves them as they are. */
function readRunbooks(node: YamlNode | undefined): string {
  const text = node?.asString() ?? ''
  if (text === '') return ''
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
    return text.replace(/\/*$/, '/')
  node?.error('must be a URL such as https://git.example.org/monitoring/vedette/blob/main')
  return ''
}

interface PackSettings {
  readonly mode: Pack['mode']
  readonly set: ReadonlyMap<string, string>
}

function readSettings(node: YamlNode | undefined, { variables }: PackManifest): PackSettings {
  const map = node?.asMap()
  if (!map) return { mode: 'auto', set: new Map() }
  const set = new Map<string, string>()
  for (const variable of variables) {
    const value = map.key(variable.name)
    const text = value.isPresent ? readVariable(value, variable.unit) : undefined
    if (text !== undefined) set.set(variable.name, text)
  }
  const mode = readMode(map.key('enabled'))
  map.finish((allowed) => `${allowed.join(', ')} (docs/alerts.md says what each is)`)
  return { mode, set }
}

function readMode(node: YamlNode): Pack['mode'] {
  if (node.isEmpty) return 'auto'
  const word = node.asOneOf(['true', 'false', 'auto'])
  return word === 'true' ? 'on' : word === 'false' ? 'off' : 'auto'
}

/** Alerts of the user's own by name, with the place of the first. */
function takenAlerts(rules: readonly RuleGroupConfig[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const group of rules) {
    for (const rule of group.rules) {
      if (rule.kind === 'recording' || taken.has(rule.name)) continue
      taken.set(rule.name, `${group.file}:${rule.line}`)
    }
  }
  return taken
}

interface ReadPackContext {
  readonly runbooks: string
  readonly taken: ReadonlyMap<string, string>
  /** See `PackSources`; absolute. */
  readonly proven: string | undefined
  readonly faults: FaultList
}

/** A rule file of a pack with its variables filled in. */
interface RenderedFile {
  readonly shownAs: string
  readonly text: string
}

function readPack(manifest: PackManifest, settings: PackSettings, context: ReadPackContext): Pack {
  const { runbooks, taken, proven, faults } = context
  const { mode, set } = settings
  const files = renderFiles(manifest, set, faults)
  // What people put into the files is not proven, and which alerts are replaced is told at once.
  const isProven = path.resolve(manifest.folder, '..') === proven && set.size === 0
  if (isProven && !namesOneOf(files, taken)) {
    return packWhenAsked({ manifest, mode, replaced: [] }, () =>
      withRunbooks(withoutTaken(parseProven(files), taken).kept, runbooks),
    )
  }
  const groups = parseFiles(files, faults)
  const { kept, replaced } = withoutTaken(groups, taken)
  return { manifest, mode, groups: withRunbooks(kept, runbooks), replaced }
}

function renderFiles(
  manifest: PackManifest,
  set: PackSettings['set'],
  faults: FaultList,
): readonly RenderedFile[] {
  const values = packValues(manifest, set)
  return packRuleFiles(manifest.folder).flatMap((file) => {
    const shownAs = `pack:${manifest.name}/${path.basename(file)}`
    const text = renderPackFile({ file, shownAs, values, faults })
    return text === undefined ? [] : [{ shownAs, text }]
  })
}

/** Whether one of the alerts may be in the files: a test holds that names stand in ours as they are. */
function namesOneOf(files: readonly RenderedFile[], taken: ReadonlyMap<string, string>): boolean {
  const names = [...taken.keys()]
  return files.some(({ text }) => names.some((name) => text.includes(name)))
}

function parseFiles(files: readonly RenderedFile[], faults: FaultList): readonly RuleGroupConfig[] {
  return files.flatMap(({ text, shownAs }) => parseOnce(text, shownAs, faults))
}

function parseProven(files: readonly RenderedFile[]): readonly RuleGroupConfig[] {
  const faults = new FaultList()
  const groups = parseFiles(files, faults)
  if (faults.items.length === 0) return groups
  const told = faults.items.map(formatFault).join('; ')
  throw new Problem('internal', `a pack of the program is damaged, install it anew: ${told}`)
}

function withoutTaken(
  groups: readonly RuleGroupConfig[],
  taken: ReadonlyMap<string, string>,
): { readonly kept: readonly RuleGroupConfig[]; readonly replaced: readonly ReplacedAlert[] } {
  const replaced: ReplacedAlert[] = []
  const keeps = (rule: RuleConfig): boolean => {
    const by = rule.kind === 'alerting' ? taken.get(rule.name) : undefined
    if (by !== undefined) replaced.push({ alert: rule.name, by })
    return by === undefined
  }
  const kept = groups.map((group) => ({ ...group, rules: group.rules.filter(keeps) }))
  return { kept: kept.filter(({ rules }) => rules.length > 0), replaced }
}

function withRunbooks(
  groups: readonly RuleGroupConfig[],
  runbooks: string,
): readonly RuleGroupConfig[] {
  if (runbooks === '') return groups
  return groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => withRunbook(rule, runbooks)),
  }))
}

/** What files were last parsed to: a reload mostly finds them as they were. */
const parsed = new Map<
  string,
  { readonly text: string; readonly groups: readonly RuleGroupConfig[] }
>()

function parseOnce(text: string, shownAs: string, faults: FaultList): readonly RuleGroupConfig[] {
  const known = parsed.get(shownAs)
  if (known?.text === text) return known.groups
  const own = new FaultList()
  const groups = readRuleText(text, shownAs, { faults: own })
  for (const fault of own.items) faults.add(fault)
  if (own.items.length === 0) parsed.set(shownAs, { text, groups })
  return groups
}

function withRunbook(rule: RuleConfig, runbooks: string): RuleConfig {
  if (rule.kind === 'recording') return rule
  const annotations = rule.annotations.map(([name, text]): NamedText => {
    const isOurs = name === 'runbook_url' && text.startsWith('docs/')
    return isOurs ? [name, runbooks + text] : [name, text]
  })
  return { ...rule, annotations }
}
