import { statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  readAlertmanagerConfig,
  readAlertmanagerFile,
  type AlertmanagerConfig,
} from './alertmanager-config.ts'

/** An alertmanager.yml with the file that it stands in. */
export interface AlertmanagerPart {
  readonly config: AlertmanagerConfig
  readonly file: string
}

/** Where else the part may stand. */
export interface AlertmanagerPlaces {
  /** The vedette.yml. */
  readonly main?: string
  /** The alertmanager.yml of a folder. */
  readonly alertmanager?: string
}

/** `alertmanager:` as a path or inline, else the alertmanager.yml of the folder; undefined when there is none or it has faults. */
export function readAlertmanagerPart(
  node: YamlNode | undefined,
  found: AlertmanagerPlaces,
  source: {
    readonly faults: FaultList
    readonly env: Readonly<Record<string, string | undefined>>
  },
): AlertmanagerPart | undefined {
  const folder = path.dirname(path.resolve(found.main ?? '.'))
  if (node?.isMap === true) {
    const config = readAlertmanagerConfig(node, { ...source, folder })
    return config && { config, file: node.file }
  }
  const written = node?.asString()
  const file = written === undefined ? found.alertmanager : path.resolve(folder, written)
  if (file === undefined) return undefined
  if (written !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    return node?.error(`there is no file ${file}`)
  }
  const config = readAlertmanagerFile(file, source)
  return config && { config, file }
}
