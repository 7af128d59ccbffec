import path from 'node:path'
import { locate } from '../../yaml/locate.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { isUid } from '../names.ts'
import { grafanaText } from './grafana-text.ts'
import type { Provider } from './provider.ts'

const DEFAULT_INTERVAL_S = 10
const MAX_INTERVAL_S = 86_400

/**
 * The providers of a dashboard provisioning file, in Grafana's words. Paths that lead nowhere are looked for beside the
 * configuration, in each of `folders`.
 */
export function readProviders(
  node: YamlNode | undefined,
  folders: readonly string[],
): readonly Provider[] {
  return (node?.asList() ?? []).flatMap((item) => readProvider(item, folders) ?? [])
}

function readProvider(node: YamlNode, folders: readonly string[]): Provider | undefined {
  const map = node.asMap()
  if (map === undefined) return node.isEmpty ? node.error('an empty provider') : undefined
  const name = grafanaText(map.key('name')) ?? 'default'
  readOrganisation(map)
  const type = map.key('type')
  const typeText = grafanaText(type) ?? 'file'
  if (typeText !== 'file') type.error(`must be file, not ${JSON.stringify(typeText.slice(0, 50))}`)
  const options = map.key('options').asMap()
  const paths = readPaths(map, options, folders)
  const uid = map.key('folderUid')
  const folderUid = grafanaText(uid) ?? ''
  if (folderUid !== '' && !isUid(folderUid)) {
    uid.error('must be letters, digits, _ and -, at most 40')
  }
  const interval = map.key('updateIntervalSeconds')
  const intervalS = interval.asInteger({ min: 0, max: MAX_INTERVAL_S }) ?? DEFAULT_INTERVAL_S
  const provider: Provider = {
    ...{ name, folder: grafanaText(map.key('folder')) ?? '' },
    folderUid: folderUid === '' ? undefined : folderUid,
    paths,
    foldersFromFilesStructure: options?.key('foldersFromFilesStructure').asBool() ?? false,
    allowUiUpdates: map.key('allowUiUpdates').asBool() ?? map.key('editable').asBool() ?? true,
    disableDeletion: map.key('disableDeletion').asBool() ?? false,
    // As in Grafana, 0 is the default.
    updateIntervalMs: (intervalS === 0 ? DEFAULT_INTERVAL_S : intervalS) * 1000,
  }
  map.key('editable').asBool()
  options?.finish()
  map.finish()
  return provider
}

/** Keys of several organisations, of which there is one. */
export function readOrganisation(map: YamlMap): void {
  for (const name of ['orgId', 'org_id', 'orgName']) {
    const node = map.key(name)
    const text = node.asString() ?? '1'
    if (name !== 'orgName' && text !== '1') {
      node.warn('there is one organisation here: all of it is read into that')
    }
  }
}

function readPaths(
  map: YamlMap,
  options: YamlMap | undefined,
  folders: readonly string[],
): readonly string[] {
  const place = options?.key('path')
  // What the key was called at first.
  const old = options?.key('folder')
  const written = (place && grafanaText(place)) ?? (old && grafanaText(old)) ?? ''
  if (place === undefined || written === '') {
    map.node.error('options.path must be set: the folder with the dashboards')
    return []
  }
  for (const folder of folders) {
    // A name of a folder may hold the characters of a pattern.
    const [found] = locate(written.replace(/[\\*?[]/g, String.raw`\$&`), folder).files
    if (found !== undefined) return [found]
  }
  const wanted = path.resolve(folders[0] ?? '.', written)
  place.warn(
    `there is no folder ${wanted} yet, nor one of this name beside the configuration`,
    'missing-file',
  )
  return [wanted]
}
