import {
  isJsonObject,
  objectOf,
  objectsOf,
  textFieldsOf,
  textOf,
  type JsonObject,
} from '../json-value.ts'
import { sanitizeLabelName } from '../sanitize-label-name.ts'

/** Labels by name, as a target is made of them. */
export type Names = Readonly<Record<string, string>>

/** What is kept of the metadata of any object. */
export interface ObjectMeta {
  readonly name: string
  /** '' for what is in no namespace. */
  readonly namespace: string
  readonly labels: Names
  readonly annotations: Names
  /** Who made it and looks after it: a ReplicaSet of a pod, a Deployment of a ReplicaSet. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined
}

export function readMeta(object: JsonObject): ObjectMeta {
  const metadata = objectOf(object['metadata'])
  const owner = objectsOf(metadata['ownerReferences']).find((each) => each['controller'] === true)
  return {
    name: textOf(metadata['name']),
    namespace: textOf(metadata['namespace']),
    labels: textFieldsOf(metadata['labels']),
    annotations: textFieldsOf(metadata['annotations']),
    controller: owner && { kind: textOf(owner['kind']), name: textOf(owner['name']) },
  }
}

/** `namespace/name`, or `name` of what is in no namespace: the key of an object among its kind. */
export function keyOfMeta({ namespace, name }: ObjectMeta): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** Name, labels and annotations of an object as `__meta_kubernetes_…`; `kind` is a role (`pod`) of Prometheus. */
export function metaLabels(kind: string, meta: ObjectMeta): Names {
  return { [`__meta_kubernetes_${kind}_name`]: meta.name, ...markLabels(kind, meta) }
}

/** Labels and annotations only: the name of a namespace is a label of its own already. */
export function markLabels(kind: string, { labels, annotations }: ObjectMeta): Names {
  const out: Record<string, string> = {}
  const prefix = `__meta_kubernetes_${kind}`
  for (const [name, value] of Object.entries(labels)) {
    const shown = sanitizeLabelName(name)
    out[`${prefix}_label_${shown}`] = value
    out[`${prefix}_labelpresent_${shown}`] = 'true'
  }
  for (const [name, value] of Object.entries(annotations)) {
    const shown = sanitizeLabelName(name)
    out[`${prefix}_annotation_${shown}`] = value
    out[`${prefix}_annotationpresent_${shown}`] = 'true'
  }
  return out
}

/** Another object that one points at; undefined where it points at none. */
export interface ObjectReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export function readReference(value: unknown): ObjectReference | undefined {
  if (!isJsonObject(value)) return undefined
  return {
    kind: textOf(value['kind']),
    namespace: textOf(value['namespace']),
    name: textOf(value['name']),
  }
}
