import { useEffect, useRef } from "react";
export function Modal({ open, onClose, children, label, ...rest }) {
  const ref = useRef(null);
  useEffect(() => { const d = ref.current; if (open && !d.open) d.showModal(); if (!open && d.open) d.close(); }, [open]);
  return <dialog ref={ref} aria-label={label} onClose={onClose} {...rest}>{children}</dialog>;
}
