import { ProtoReader, WIRE_BYTES } from '../../formats/proto-reader.ts'
import { Problem } from '../../model/problem.ts'
import { fieldOf } from './json-field.ts'
import type { ContainerFacts } from './container-facts.ts'

/** What cannot be more: a container has some dozens of labels. */
const MAX_ENTRIES = 1000

/** ListNamespacesResponse of containerd's api/services/namespaces/v1: names alone. */
export function decodeNamespaces(bytes: Uint8Array): string[] {
  const names: string[] = []
  walk(bytes, (field, value) => {
    if (field !== 1 || names.length >= MAX_ENTRIES) return
    walk(value, (inner, name) => {
      if (inner === 1) names.push(textOf(name))
    })
  })
  return names
}

/** GetContainerResponse of containerd's api/services/containers/v1. */
export function decodeContainer(bytes: Uint8Array): ContainerFacts {
  const labels: Record<string, string> = {}
  let id = ''
  let image = ''
  let spec: OciSpec = {}
  let createdSeconds: number | undefined
  walk(bytes, (outer, container) => {
    if (outer !== 1) return
    walk(container, (field, value) => {
      if (field === 1) id = textOf(value)
      else if (field === 2) addEntry(labels, value)
      else if (field === 3) image = textOf(value)
      else if (field === 5) spec = readSpec(value)
      else if (field === 8) createdSeconds = secondsOf(value)
    })
  })
  const kind = labels['io.cri-containerd.kind']
  return {
    ...{ runtime: 'containerd', image, labels, createdSeconds },
    // Where a container has no name of its own, cAdvisor and kubelet give its id.
    name: labels['nerdctl/name'] ?? id,
    env: spec.env ?? [],
    startedSeconds: undefined,
    pid: undefined,
    health: undefined,
    // The containers of a pod use the network of its sandbox.
    sharesNetwork: (kind !== undefined && kind !== 'sandbox') || spec.hasOwnNetwork === false,
    layerFolder: undefined,
  }
}

interface OciSpec {
  readonly env?: readonly string[]
  readonly hasOwnNetwork?: boolean
}

/** google.protobuf.Any with the OCI runtime specification as JSON. */
function readSpec(any: Uint8Array): OciSpec {
  let text = ''
  walk(any, (field, value) => {
    if (field === 2) text = textOf(value)
  })
  let spec: unknown
  try {
    spec = JSON.parse(text)
  } catch {
    return {}
  }
  const env = fieldOf(fieldOf(spec, 'process'), 'env')
  const namespaces = fieldOf(fieldOf(spec, 'linux'), 'namespaces')
  return {
    env: Array.isArray(env) ? env.filter((one) => typeof one === 'string') : [],
    ...(Array.isArray(namespaces)
      ? { hasOwnNetwork: namespaces.some((one) => fieldOf(one, 'type') === 'network') }
      : {}),
  }
}

function addEntry(labels: Record<string, string>, entry: Uint8Array): void {
  let key = ''
  let text = ''
  walk(entry, (field, value) => {
    if (field === 1) key = textOf(value)
    else if (field === 2) text = textOf(value)
  })
  if (key !== '' && Object.keys(labels).length < MAX_ENTRIES) labels[key] = text
}

/** google.protobuf.Timestamp. */
function secondsOf(bytes: Uint8Array): number | undefined {
  const reader = new ProtoReader(bytes)
  const end = bytes.length
  let seconds = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === 8) seconds = reader.int64(end)
    else reader.skip(tag, end)
  }
  return seconds > 0 ? seconds : undefined
}

/** Calls `found` for each length-delimited field of a message; numbers are stepped over. */
function walk(bytes: Uint8Array, found: (field: number, value: Uint8Array) => void): void {
  const reader = new ProtoReader(bytes)
  const end = bytes.length
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if ((tag & 7) !== WIRE_BYTES) {
      if ((tag & 7) > 5) throw new Problem('bad_data', 'not a message of containerd')
      reader.skip(tag, end)
      continue
    }
    const stop = reader.delimited(end)
    found(tag >>> 3, bytes.subarray(reader.position, stop))
    reader.position = stop
  }
}

const decoder = new TextDecoder()

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
