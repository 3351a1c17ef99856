import { useLocalStorage } from '@mantine/hooks'

/** Whether the browser itself tells when a run ends: kept in this browser, and only with its leave. */
export function useTelling() {
  const [isAsked, ask] = useLocalStorage({ key: 'hg-telling', defaultValue: false, getInitialValueInEffect: false })
  const isThere = 'Notification' in window
  return {
    isThere,
    isOn: isThere && isAsked && Notification.permission === 'granted',
    isRefused: isThere && Notification.permission === 'denied',
    turn: async (on: boolean) => ask(on && (await Notification.requestPermission()) === 'granted'),
  }
}
