import { withBase } from '../../api/base-path.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  DashboardOriginJson,
  ImportedDashboardJson,
  ProvisioningJson,
} from '../../../../src/contract/dashboards.ts'
import { requestJson } from '../../api/client.ts'

/** One entry of Grafana's `/api/search`. */
export interface DashboardHit {
  readonly uid: string
  readonly title: string
  readonly url: string
  readonly type: 'dash-db' | 'dash-folder'
  readonly tags: readonly string[]
  readonly isStarred: boolean
  readonly folderUid?: string
  readonly folderTitle?: string
  /** Whether it is a file; absent for folders. */
  readonly vedette?: DashboardOriginJson
}

export interface FolderJson {
  readonly uid: string
  readonly title: string
}

export interface ImportRequest {
  readonly dashboard: unknown
  /** '' is the top. */
  readonly folderUid: string
  readonly overwrite: boolean
}

const KEY = 'dashboards'
/** Grafana's own bound for one page of a search. */
const MOST_HITS = 5000

/** Every dashboard, which the page searches by itself: there are seldom more than hundreds. Asked for while it is wanted. */
export function useDashboards(isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: [KEY, 'list'],
    queryFn: ({ signal }) =>
      requestJson<readonly DashboardHit[]>(`/api/search?type=dash-db&limit=${MOST_HITS}`, {
        signal,
      }),
  })
}

export function useFolders() {
  return useQuery({
    queryKey: [KEY, 'folders'],
    queryFn: ({ signal }) =>
      requestJson<readonly DashboardHit[]>(`/api/search?type=dash-folder&limit=${MOST_HITS}`, {
        signal,
      }),
  })
}

/** Where dashboards come from that are files, and what is wrong with such files. */
export function useProvisioning() {
  return useQuery({
    queryKey: [KEY, 'provisioning'],
    queryFn: ({ signal }) =>
      requestJson<ProvisioningJson>('/api/vedette/dashboards/provisioning', { signal }),
  })
}

/** What changes dashboards; the list is read again after each. */
export function useDashboardChanges() {
  const client = useQueryClient()
  const onSuccess = () => client.invalidateQueries({ queryKey: [KEY] })
  return {
    star: useMutation({
      mutationFn: ({ uid, isStarred }: Pick<DashboardHit, 'uid' | 'isStarred'>) =>
        requestJson(`/api/user/stars/dashboard/uid/${encodeURIComponent(uid)}`, {
          method: isStarred ? 'DELETE' : 'POST',
        }),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (uid: string) =>
        requestJson(`/api/dashboards/uid/${encodeURIComponent(uid)}`, { method: 'DELETE' }),
      onSuccess,
    }),
    reset: useMutation({
      mutationFn: (uid: string) =>
        requestJson(`/api/vedette/dashboards/${encodeURIComponent(uid)}/reset`, { body: {} }),
      onSuccess,
    }),
    addFolder: useMutation({
      mutationFn: (title: string) => requestJson<FolderJson>('/api/folders', { body: { title } }),
      onSuccess,
    }),
    removeFolder: useMutation({
      mutationFn: (uid: string) =>
        requestJson(`/api/folders/${encodeURIComponent(uid)}`, { method: 'DELETE' }),
      onSuccess,
    }),
    importOne: useMutation({
      mutationFn: (body: ImportRequest) =>
        requestJson<ImportedDashboardJson>('/api/vedette/dashboards/import', { body }),
      onSuccess: async ({ uid }: ImportedDashboardJson) => {
        await Promise.all([onSuccess(), client.invalidateQueries({ queryKey: ['dashboard', uid] })])
      },
    }),
  }
}

/** Where a browser gets the file of a dashboard. */
export function exportPath(uid: string): string {
  return withBase(`/api/vedette/dashboards/${encodeURIComponent(uid)}/export`)
}
