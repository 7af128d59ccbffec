import { useSession } from '../../shell/session-context.tsx'

/** Whether who is signed in may silence and acknowledge: viewers only look on. The server decides in the end. */
export function useMayChange(): boolean {
  return useSession().session.role !== 'viewer'
}
