// @ts-check
/** The pictures of a result, where it is reviewed. */

/** Says of pictures that the provider no longer has that they are gone, in place of broken ones. */
export function missingPictures() {
  for (const picture of document.querySelectorAll(".specimen img")) {
    if (!(picture instanceof HTMLImageElement)) continue;
    const look = async () => {
      const answer = await fetch(picture.src, { cache: "no-store" }).catch(() => undefined);
      if (answer?.status !== 410) return; // such as a moment without the server: what the picture shows stands beside it
      const about = picture.closest("section");
      about?.querySelector("[data-pictures-gone]")?.removeAttribute("hidden");
      for (const figure of about?.querySelectorAll(".specimen") ?? []) figure.remove();
      for (const empty of about?.querySelectorAll(".portraits, .sides") ?? []) empty.remove();
    };
    if (picture.complete && picture.naturalWidth === 0 && picture.currentSrc) look();
    else picture.addEventListener("error", look, { once: true });
  }
}
