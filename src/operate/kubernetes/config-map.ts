import { createHash } from 'node:crypto'
import { printYaml } from '../../yaml/print.ts'
import { inNamespace, type Component, type Manifest, type ManifestMap } from './manifest.ts'

/** A ConfigMap that holds files of YAML. */
export function configMap(
  namespace: string,
  name: string,
  component: Component,
  files: Readonly<Record<string, ManifestMap>>,
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: inNamespace(namespace, name, component),
    data: Object.fromEntries(
      Object.entries(files).map(([file, content]) => [file, printYaml(content)]),
    ),
  }
}

/** An annotation of pods that changes with the files, so that changed ones start the pods anew. */
export function configSum(files: Readonly<Record<string, ManifestMap>>): ManifestMap {
  const sum = createHash('sha256').update(JSON.stringify(files)).digest('hex')
  return { 'checksum/config': sum }
}
