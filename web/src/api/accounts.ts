import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  AuditEntryJson,
  CreatedTokenJson,
  NewTokenJson,
  NewUserJson,
  TokenJson,
  UserChangeJson,
  UserJson,
} from '../../../src/contract/access.ts'
import { requestJson } from './client.ts'

const BASE = '/api/vedette'

/** Every user; only an admin may ask. */
export function useUsers(isAsked = true) {
  return useQuery({
    enabled: isAsked,
    queryKey: ['users'],
    queryFn: ({ signal }) => requestJson<readonly UserJson[]>(`${BASE}/users`, { signal }),
  })
}

export function useTokens() {
  return useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => requestJson<readonly TokenJson[]>(`${BASE}/tokens`, { signal }),
  })
}

export function useAudit(range: { readonly fromMs: number; readonly toMs: number }) {
  const { fromMs, toMs } = range
  return useQuery({
    queryKey: ['audit', fromMs, toMs],
    queryFn: ({ signal }) =>
      requestJson<readonly AuditEntryJson[]>(
        `${BASE}/audit?from=${Math.floor(fromMs)}&to=${Math.ceil(toMs)}&limit=500`,
        { signal },
      ),
  })
}

/** Changes of users; the list is read again after each. */
export function useUserChanges() {
  const client = useQueryClient()
  const onSuccess = () => client.invalidateQueries({ queryKey: ['users'] })
  return {
    create: useMutation({
      mutationFn: (body: NewUserJson) => requestJson<UserJson>(`${BASE}/users`, { body }),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ id, body }: { readonly id: number; readonly body: UserChangeJson }) =>
        requestJson<UserJson>(`${BASE}/users/${id}`, { method: 'PUT', body }),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: number) => requestJson(`${BASE}/users/${id}`, { method: 'DELETE' }),
      onSuccess,
    }),
  }
}

export function useTokenChanges() {
  const client = useQueryClient()
  const onSuccess = () => client.invalidateQueries({ queryKey: ['tokens'] })
  return {
    create: useMutation({
      mutationFn: (body: NewTokenJson) => requestJson<CreatedTokenJson>(`${BASE}/tokens`, { body }),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: (id: number) => requestJson(`${BASE}/tokens/${id}`, { method: 'DELETE' }),
      onSuccess,
    }),
  }
}
