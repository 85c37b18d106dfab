// Hands a text made here to the browser as a file. Nothing leaves the page.
export const downloadText = (name: string, content: string, type = 'text/csv;charset=utf-8'): void => {
  const address = URL.createObjectURL(new Blob([`\uFEFF${content}`], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
};
