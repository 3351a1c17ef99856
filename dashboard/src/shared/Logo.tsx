/** A gate of horn: two horns that meet in an arch. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
      <path d="M8 25c0-9.6 1.2-15.4 8-18.5 6.8 3.1 8 8.9 8 18.5" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path
        d="M13.2 25c0-5.2.5-8.6 2.8-10.6 2.3 2 2.8 5.4 2.8 10.6"
        stroke="#fff"
        strokeOpacity=".6"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  )
}
