import { useQuery } from '@tanstack/react-query'
import {
  builtInDatasources,
  readTraceLinks,
  type Datasource,
} from '../../../src/lang/dashboard/datasource.ts'
import { objectOf, objectsOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import type { Dashboard } from '../../../src/lang/dashboard/model.ts'
import { readDashboard } from '../../../src/lang/dashboard/read-dashboard.ts'
import type { ImportReport } from '../../../src/lang/dashboard/report.ts'
import { ApiError, requestJson } from '../api/client.ts'

export interface LoadedDashboard {
  readonly dashboard: Dashboard
  readonly report: ImportReport
  /** The folder it is in, as a person calls it. */
  readonly folder: string
  /** '' is the top. */
  readonly folderUid: string
  readonly isStarred: boolean
  /** Only a person has stars. */
  readonly mayStar: boolean
  /** Who asked may delete it, and it is no file. */
  readonly mayDelete: boolean
}

/** The dashboard of a uid, from Grafana's `/api/dashboards/uid/…`. */
export function useDashboard(uid: string, datasources: readonly Datasource[] | undefined) {
  return useQuery({
    queryKey: ['dashboard', uid],
    queryFn: async ({ signal }): Promise<LoadedDashboard> => {
      const path = `/api/dashboards/uid/${encodeURIComponent(uid)}`
      const answer = await requestJson<unknown>(path, { signal })
      const read = readDashboard(answer, { datasources: datasources ?? builtInDatasources })
      const meta = objectOf(objectOf(answer)['meta'])
      return {
        ...read,
        folder: textOf(meta['folderTitle']) ?? '',
        folderUid: textOf(meta['folderUid']) ?? '',
        mayStar: meta['canStar'] === true,
        isStarred: meta['isStarred'] === true,
        mayDelete: meta['canDelete'] === true,
      }
    },
    enabled: datasources !== undefined,
    staleTime: Infinity,
  })
}

/** The sources that panels may ask; without an answer of the server those that are always there. */
export function useDatasources(): readonly Datasource[] | undefined {
  const { data, error } = useQuery({
    queryKey: ['datasources'],
    queryFn: async ({ signal }) =>
      readSources(await requestJson<unknown>('/api/datasources', { signal })),
    staleTime: 300_000,
    retry: (count, thrown) => count < 1 && thrown instanceof ApiError && thrown.status === 0,
  })
  return data ?? (error === null ? undefined : builtInDatasources)
}

function readSources(answer: unknown): readonly Datasource[] {
  const found = objectsOf(answer).flatMap((one) => {
    const uid = textOf(one['uid'])
    const type = textOf(one['type'])
    if (uid === undefined || type === undefined) return []
    const jsonData = objectOf(one['jsonData'])
    const traceLinks = readTraceLinks(jsonData)
    const serviceMapUid = textOf(objectOf(jsonData['serviceMap'])['datasourceUid'])
    const name = textOf(one['name']) ?? uid
    const url = textOf(one['url']) ?? ''
    return [
      {
        ...{ uid, type, name, url, isDefault: one['isDefault'] === true, traceLinks },
        ...(serviceMapUid === undefined ? {} : { serviceMapUid }),
      },
    ]
  })
  return found.length > 0 ? found : builtInDatasources
}
