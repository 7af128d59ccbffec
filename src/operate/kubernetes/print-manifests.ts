import { printYaml } from '../../yaml/print.ts'
import type { Manifest } from './manifest.ts'

/** What every file that is made here begins with. */
export const HEADING =
  '# Made by vedette deploy kubernetes: change the env file and make it anew.\n'

/** All objects, a document each, for `kubectl apply -f -`. */
export function printManifests(manifests: readonly Manifest[]): string {
  return HEADING + manifests.map((manifest) => `---\n${printYaml(manifest)}`).join('')
}

/** A file for each object; by name they are in the order of the objects. */
export function manifestFiles(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  return new Map(
    manifests.map((manifest, at) => {
      const { kind, metadata } = manifest
      const number = String(at + 1).padStart(2, '0')
      const name = `${number}-${kind.toLowerCase()}-${metadata.name}.yaml`
      return [name, HEADING + printYaml(manifest)]
    }),
  )
}
