import grpc from '@grpc/grpc-js'
import { Problem } from '../../model/problem.ts'
import type { ContainerFacts, Runtime } from './container-facts.ts'
import { decodeContainer, decodeNamespaces } from './containerd-messages.ts'

const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const ANSWER_TIMEOUT_MS = 5000
/** Docker keeps its own containers there; it knows their names, and containerd does not. */
const DOCKER_NAMESPACE = 'moby'
const MAX_NAMESPACES = 32
const NAMESPACES_MS = 60_000

const CONTAINER = '/containerd.services.containers.v1.Containers/Get'
const NAMESPACES = '/containerd.services.namespaces.v1.Namespaces/List'

/**
 * containerd, by its gRPC: which namespaces there are, and what a container is called there. Nothing else is asked, and nothing
 * that changes anything. `namespaces` none: all but Docker's.
 */
export function containerdRuntime(socketPath: string, namespaces: readonly string[]): Runtime {
  const client = new grpc.Client(`unix://${socketPath}`, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    'grpc.default_authority': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
  })
  let known: { readonly names: readonly string[]; readonly sinceMs: number } | undefined
  const list = async (signal: AbortSignal): Promise<readonly string[]> => {
    const answer = await ask(client, { path: NAMESPACES, request: Buffer.alloc(0), signal })
    const names = decodeNamespaces(answer ?? Buffer.alloc(0)).filter(
      (name) => name !== DOCKER_NAMESPACE,
    )
    known = { names: names.slice(0, MAX_NAMESPACES), sinceMs: performance.now() }
    return known.names
  }
  const namesOf = async (signal: AbortSignal): Promise<readonly string[]> => {
    if (namespaces.length > 0) return namespaces
    const isKnown = known !== undefined && performance.now() - known.sinceMs < NAMESPACES_MS
    return isKnown && known !== undefined ? known.names : list(signal)
  }
  return {
    name: 'containerd',
    place: socketPath,
    async describe(id, signal): Promise<ContainerFacts | undefined> {
      for (const namespace of await namesOf(signal)) {
        const request = encodeId(id)
        const answer = await ask(client, { path: CONTAINER, request, signal, namespace })
        if (answer !== undefined) return decodeContainer(answer)
      }
      return undefined
    },
    async check(signal) {
      await list(signal)
      return new Set()
    },
    close: () => client.close(),
  }
}

/** GetContainerRequest: `string id = 1`. */
function encodeId(id: string): Buffer {
  const text = Buffer.from(id)
  return Buffer.concat([Buffer.from([0x0a, text.length]), text])
}

interface Question {
  readonly path: string
  readonly request: Buffer
  readonly signal: AbortSignal
  readonly namespace?: string
}

/** Undefined: there is no such container. */
function ask(
  client: grpc.Client,
  { path, request, signal, namespace }: Question,
): Promise<Buffer | undefined> {
  const metadata = new grpc.Metadata()
  if (namespace !== undefined) metadata.set('containerd-namespace', namespace)
  const options = { deadline: Date.now() + ANSWER_TIMEOUT_MS }
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      ...([path, asIs, asIs, request, metadata, options] as const),
      (error: grpc.ServiceError | null, answer?: Buffer) => {
        signal.removeEventListener('abort', cancel)
        if (error === null) resolve(answer)
        else if (error.code === grpc.status.NOT_FOUND) resolve(undefined)
        else reject(new Problem('unavailable', `containerd answers: ${error.details}`))
      },
    )
    const cancel = (): void => call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
  })
}

function asIs(bytes: Buffer): Buffer {
  return bytes
}
