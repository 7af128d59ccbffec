import { inClusterAccess, type ApiAccess } from '../kubernetes/api-access.ts'
import { createKubernetesApi, type KubernetesApi } from '../kubernetes/api-client.ts'
import { readKubeconfig } from '../kubernetes/kubeconfig.ts'
import { KubernetesFault } from '../kubernetes/kubernetes-fault.ts'
import { messageOf } from '../../model/problem.ts'
import type { ClusterReach } from './kubernetes-section.ts'

/** What asks for metadata only gets no more than that: no secret comes here. */
const METADATA_ONLY = [
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
].join(',')

/** The API server of the cluster: whole objects, and their metadata alone. */
export interface ClusterApi {
  readonly whole: KubernetesApi
  readonly metadata: KubernetesApi
  close(): Promise<void>
}

/** Connects to nothing before it is asked. */
export function createClusterApi(
  reach: ClusterReach,
  env: Readonly<Record<string, string | undefined>>,
): ClusterApi {
  const access = accessOf(reach, env)
  const whole = createKubernetesApi({ access })
  const metadata = createKubernetesApi({ access, accept: METADATA_ONLY })
  return {
    whole,
    metadata,
    close: async () => {
      await Promise.all([whole.close(), metadata.close()])
    },
  }
}

function accessOf(
  { apiServer, kubeconfigFile, http }: ClusterReach,
  env: Readonly<Record<string, string | undefined>>,
): ApiAccess | (() => Promise<ApiAccess>) {
  if (apiServer !== undefined) return { server: apiServer, http, namespace: undefined }
  const read = async (): Promise<ApiAccess> =>
    kubeconfigFile === undefined ? inClusterAccess(env) : readKubeconfig(kubeconfigFile)
  return () =>
    read().catch((thrown: unknown) => {
      throw new KubernetesFault(messageOf(thrown), { cause: thrown })
    })
}

/** The paths of a collection: of the whole cluster, or of each namespace that is named. */
export function collectionPaths(
  { group, version, resource }: { group: string; version: string; resource: string },
  namespaces: readonly string[],
): readonly string[] {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  if (namespaces.length === 0) return [`${root}/${resource}`]
  return namespaces.map((namespace) => `${root}/namespaces/${namespace}/${resource}`)
}
