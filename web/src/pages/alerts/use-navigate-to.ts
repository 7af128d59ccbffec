import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { keepTime, type Search } from '../../shell/keep-time.ts'

/** Goes to another page; the time range follows. */
export function useNavigateTo(): (to: string, search?: Search) => void {
  const navigate = useNavigate()
  return useCallback(
    (to, search) =>
      void navigate({ to, search: (now: Search) => ({ ...keepTime(now), ...search }) }),
    [navigate],
  )
}
