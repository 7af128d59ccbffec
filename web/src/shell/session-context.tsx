import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useMemo, type ReactNode } from 'react'
import { listenForSignOut } from '../api/client.ts'
import { readSession, signIn, signOut, type Session } from '../api/session.ts'
import { ErrorState, LoadingState } from './states.tsx'
import { SignInPage } from '../pages/sign-in-page.tsx'

export interface SessionModel {
  readonly session: Session
  readonly signOut: () => Promise<void>
}

const SessionContext = createContext<SessionModel | undefined>(undefined)

export function useSession(): SessionModel {
  const model = use(SessionContext)
  if (!model) throw new Error('useSession belongs below a SessionGate')
  return model
}

const KEY = ['session']

/** Shows the pages to who is signed in, and to everybody else the way in. The address stays, so one arrives where one wanted. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: KEY,
    // A query may not be undefined.
    queryFn: async () => (await readSession()) ?? null,
    staleTime: Infinity,
    retry: 2,
  })
  useEffect(() => listenForSignOut(() => client.setQueryData(KEY, null)), [client])
  const model = useMemo(
    () =>
      data && {
        session: data,
        signOut: async () => {
          await signOut()
          client.setQueryData(KEY, null)
          // What one user has read is not for the next.
          client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] })
        },
      },
    [data, client],
  )
  if (isPending) return <LoadingState label="Loading Vedette" fillsPage />
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} fillsPage />
  if (!model) {
    const enter = async (user: string, password: string): Promise<void> => {
      client.setQueryData(KEY, await signIn(user, password))
    }
    return <SignInPage onSignIn={enter} />
  }
  return <SessionContext value={model}>{children}</SessionContext>
}
