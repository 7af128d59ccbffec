import { statSync } from 'node:fs'
import path from 'node:path'
import type { ReadContext } from '../../yaml/context.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readYamlFile } from '../../yaml/read-file.ts'
import { DEFAULT_MODULES } from './default-modules.ts'
import { readModules, type ProbeModules } from './probe-module.ts'

/** `blackbox:` of vedette.yml. */
export interface BlackboxSettings {
  /** Those of the file, and those that come with the program unless the file has one of the name. */
  readonly modules: ProbeModules
  /** The file of the modules; undefined when there is none. */
  readonly file: string | undefined
}

export interface BlackboxSource {
  /** The folder that a path starts from. */
  readonly folder: string
  /** The blackbox.yml of a configuration folder, where one is. */
  readonly found: string | undefined
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Reads `blackbox: PATH`, or the modules inline (`blackbox: {modules: …}`), else the file that was found. */
export function readBlackboxSection(
  node: YamlNode | undefined,
  source: BlackboxSource,
): BlackboxSettings {
  const { folder, faults, env } = source
  const context: ReadContext = { folder, warnsUnsupported: true }
  const defaults = defaultModules(source)
  const readOwn = (root: YamlNode, from: ReadContext): ProbeModules => {
    // One of the file's that cannot be used is not played by another of its name.
    const named = root.asMap()?.key('modules').asMap()?.entries() ?? []
    const others = [...defaults].filter(([name]) => !named.some((each) => each.name === name))
    return new Map([...others, ...readModules(root, from)])
  }
  if (node?.isMap) return { modules: readOwn(node, context), file: undefined }
  const written = node?.asString()
  const file = written === undefined ? source.found : path.resolve(folder, written)
  if (file === undefined) return { modules: defaults, file }
  if (written !== undefined && statSync(file, { throwIfNoEntry: false }) === undefined) {
    node?.error(`there is no file ${file}`)
    return { modules: defaults, file }
  }
  const root = readYamlFile(file, { faults, env })
  if (root === undefined) return { modules: defaults, file }
  return { modules: readOwn(root, { ...context, folder: path.dirname(file) }), file }
}

/** The modules that come with the program. */
export function defaultModules({
  faults,
  env,
}: Pick<BlackboxSource, 'faults' | 'env'>): ProbeModules {
  const node = parseYaml(DEFAULT_MODULES, { faults, env, file: 'built-in modules' })
  if (node === undefined) throw new Error('the built-in modules are not YAML')
  return readModules(node, { folder: path.resolve('.'), warnsUnsupported: false })
}
