"""Points of a result as rows: which of them have an answer, and what is at each."""

from typing import Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._quantities.physical import PHYSICAL, conversion
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED, STATUS_NAMES

Array = NDArray[np.float64]
Failed = Literal["refuse", "leave-out"]
FAILED: Final = get_args(Failed)


class ResultPoints:
    """The points of a result in one row, in the order of its axes, without those that failed.

    Parameters
    ----------
    dataset : xarray.Dataset
        A grid, a list or a path.
    failed : {"refuse", "leave-out"}
        What to do where a point has no answer; none ever gets a number.

    Raises
    ------
    InputError
        If points failed and are not to be left out.
    """

    def __init__(self, dataset: xr.Dataset, failed: Failed) -> None:
        check_failed(failed)
        self.dataset = dataset
        self.dims = tuple(str(dim) for dim in dataset["status"].dims)
        status = dataset["status"].values.ravel()
        self.good: NDArray[np.bool_] = np.asarray(status == CERTIFIED)
        self.left_out = int((~self.good).sum())
        if self.left_out and failed == "refuse":
            raise InputError(
                f"{self.left_out} of {status.size} points have no answer (the first: "
                f"{STATUS_NAMES[int(status[~self.good][0])]}); say failed='leave-out' "
                "(--failed leave-out) to leave them out."
            )
        if not self.good.any():
            raise InputError("none of the points has an answer.")

    def quantity(self, name: str) -> Array:
        """Return a quantity of the points that have an answer; NaN where its phase is absent."""
        return np.asarray(self._of_points(self.dataset.gb.quantity(name)), dtype=np.float64)

    def physical(self, what: str, of: str, instance: int | None = None) -> Array:
        """Return a property of a part or an instance, frozen, in the unit that its quantity has."""
        about = PHYSICAL[what]
        found = self.dataset.gb.property(about.property, of=of, instance=instance)
        return self._of_points(found) * conversion(str(found.attrs["units"]), about.unit)

    def coordinate(self, name: str) -> Array | None:
        """Return a coordinate of the points, None where there is no such."""
        if name not in self.dataset.variables:
            return None
        return self._of_points(self.dataset[name])

    def _of_points(self, array: xr.DataArray) -> Array:
        """The values at the points: an entropy, say, may be an axis of the result itself."""
        values = xr.broadcast(array, self.dataset["status"])[0].transpose(*self.dims).values
        return np.asarray(values.ravel()[self.good])

    def number(self) -> NDArray[np.int64]:
        """Return the place of each point among all of the result."""
        return np.flatnonzero(self.good)

    def instances(self) -> list[tuple[str, int]]:
        """Return the phases that occur, each with the numbers of its instances, in their order."""
        ids = self._slots("phase_id").astype(np.int64)
        numbers = self._slots("instance").astype(np.int64)
        there = ids >= 0
        pairs = np.unique(np.stack([ids[there], numbers[there]], -1), axis=0)
        keys = [str(key) for key in self.dataset["phase_name"].values]
        return [(keys[phase], int(number)) for phase, number in pairs]

    def present(self, phase: str, instance: int) -> NDArray[np.bool_]:
        """Return at which points an instance is present."""
        keys = [str(key) for key in self.dataset["phase_name"].values]
        here = self._slots("phase_id") == keys.index(phase)
        return np.asarray((here & (self._slots("instance") == instance)).any(axis=1))

    def of_instance(self, name: str, phase: str, instance: int, *trailing: str) -> Array:
        """Return a variable of one instance, (n, ...); 0 where it is absent."""
        keys = [str(key) for key in self.dataset["phase_name"].values]
        here = self._slots("phase_id") == keys.index(phase)
        here &= self._slots("instance") == instance
        values = np.asarray(self._slots(name, *trailing), dtype=np.float64)
        here = here.reshape(*here.shape, *(1,) * len(trailing))
        return np.asarray(np.where(here, values, 0.0).sum(axis=1))

    def _slots(self, name: str, *trailing: str) -> NDArray[Any]:
        if name not in self.dataset.variables:
            raise InputError(f"such a table needs {name}, which this result does not keep.")
        array = self.dataset[name].transpose(*self.dims, "slot", *trailing)
        return np.asarray(array.values.reshape(-1, *array.shape[len(self.dims) :])[self.good])


def check_failed(failed: str) -> None:
    """Raise InputError unless it says what to do with points that failed."""
    if failed not in FAILED:
        raise InputError(f"failed = {failed!r}: {did_you_mean(str(failed), FAILED)}")
