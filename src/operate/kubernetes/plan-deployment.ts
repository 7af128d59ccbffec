import { Problem } from '../../model/problem.ts'
import { FaultList, formatFault, type ConfigFault } from '../../yaml/fault.ts'
import type { Manifest } from './manifest.ts'
import { describeNeeds } from './needs.ts'
import { readEnvText, type EnvEntry } from './read-env-file.ts'
import { readSecrets } from './read-secrets.ts'
import { readSettings } from './read-settings.ts'
import { renderManifests } from './render.ts'

/** A file that was read. */
export interface TextFile {
  readonly file: string
  readonly text: string
}

export interface DeploymentFiles {
  /** Undefined: every setting has its default. */
  readonly env: TextFile | undefined
  /** Undefined: secrets are made by a person. */
  readonly secrets: TextFile | undefined
  /** Goes before that of the file. */
  readonly namespace: string | undefined
}

export interface Deployment {
  readonly manifests: readonly Manifest[]
  readonly warnings: readonly ConfigFault[]
  /** Lines for a person: what the cluster must have besides. */
  readonly needs: readonly string[]
}

/**
 * What an env file makes of a cluster. Throws a `Problem` with a line for every error: `FILE:LINE:COL: what is wrong and what is
 * allowed`.
 */
export function planDeployment({ env, secrets, namespace }: DeploymentFiles): Deployment {
  const faults = new FaultList()
  const read = (from: TextFile | undefined): readonly EnvEntry[] =>
    from === undefined ? [] : readEnvText(from.text, from.file, faults)
  const flag = { name: 'NAMESPACE', value: namespace ?? '', file: '--namespace', line: 0 }
  const entries = [...read(env), ...(namespace === undefined ? [] : [flag])]
  const settings = readSettings(entries, faults)
  const made = readSecrets(read(secrets), { namespace: settings.namespace, faults })
  if (faults.hasErrors) {
    const errors = faults.items.filter(({ severity }) => severity === 'error')
    throw new Problem('bad_data', errors.map(formatFault).join('\n'))
  }
  return {
    manifests: renderManifests(settings, made),
    warnings: faults.items,
    needs: describeNeeds(settings, made),
  }
}
