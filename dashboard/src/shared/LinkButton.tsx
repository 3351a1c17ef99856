import type { ButtonProps } from '@mantine/core'
import { Button } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import { type AnchorHTMLAttributes, forwardRef } from 'react'

type Props = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color'> & ButtonProps

/** A button that leads somewhere: a link to the browser, with the router's typed addresses. */
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, Props>((props, ref) => <Button ref={ref} component="a" {...props} />),
)
