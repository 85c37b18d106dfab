// What a list is filtered by stands in the address, so that it can be sent to a colleague. Changing it is no step back in history.
import { useSearchParams } from 'react-router';

/** `change` with '' takes a parameter out. */
export const useParameters = () => {
  const [parameters, setParameters] = useSearchParams();
  const change = (name: string, value: string) =>
    setParameters(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const clear = () => setParameters({}, { replace: true });
  return { parameters, change, clear };
};
