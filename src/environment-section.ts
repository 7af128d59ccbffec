import path from 'node:path'
import { parseEnv } from 'node:util'
import { readFileSync } from 'node:fs'
import { messageOf } from './model/problem.ts'
import type { YamlNode } from './yaml/node.ts'

/**
 * `environment: {files: [.env], set: {NAME: value}}` of vedette.yml: variables for `${NAME}` in the configuration, and for what
 * Grafana and postgres_exporter read from the environment. They are added to `env`: what the process was started with goes before, then `set`,
 * then the files, the first one first. Paths start from the folder of the file.
 */
export function addEnvironment(
  node: YamlNode | undefined,
  env: Record<string, string | undefined>,
): void {
  const map = node?.asMap()
  if (node === undefined || map === undefined) return
  const given = new Set(Object.keys(env))
  for (const item of map.key('files').asList() ?? []) {
    for (const [name, value] of readEnvFile(item, path.dirname(path.resolve(node.file)))) {
      env[name] ??= value
    }
  }
  for (const entry of map.key('set').asMap()?.entries() ?? []) {
    if (!/^[A-Za-z_]\w*$/.test(entry.name)) {
      entry.errorAtKey('a variable has a name of letters, digits and _')
    }
    const value = entry.asSecret()
    if (!given.has(entry.name) && value !== undefined) env[entry.name] = value.reveal()
  }
  map.finish()
}

function readEnvFile(item: YamlNode, folder: string): readonly (readonly [string, string])[] {
  const written = item.asString()
  if (written === undefined || written === '') return []
  const file = path.resolve(folder, written)
  try {
    return Object.entries(parseEnv(readFileSync(file, 'utf8'))).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
  } catch (thrown) {
    item.error(`the file of variables ${file} cannot be read: ${messageOf(thrown)}`)
    return []
  }
}
