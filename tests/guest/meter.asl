/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A power meter (ACPI 6.4, 10.4) of 250 W, a battery (10.2) that gives 12 W of 60 Wh, half full, and mains that are off line, for the kernel's own
 * drivers in a guest.
 */
DefinitionBlock ("", "SSDT", 2, "WATTLE", "METER", 1)
{
    Scope (\_SB)
    {
        Device (PMTR)
        {
            Name (_HID, "ACPI000D")
            /* measures; mW; of the input; 1 %; samples each second; averages of 1 s; no cap */
            Name (_PMC, Package (14) {1, 0, 0, 99000, 1000, 1000, 1000, 0, 0, 0, 0, "M250", "PM-0001", "WATTLE"})
            Method (_PMM, 0) { Return (250000) }
            Method (_GAI, 0) { Return (1000) }
            Name (_PMD, Package () {})
        }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Method (_STA, 0) { Return (0x1F) }
            /* mWh: design and last full capacity, rechargeable, 48 V, warning, low, granularities */
            Name (_BIF, Package (13) {0, 60000, 60000, 1, 48000, 6000, 3000, 100, 100, "B60", "BT-0001", "LION", "WATTLE"})
            /* discharging, 12,000 mW, 30,000 mWh left, 48 V */
            Method (_BST, 0) { Return (Package (4) {1, 12000, 30000, 48000}) }
        }
        Device (ADP0)
        {
            Name (_HID, "ACPI0003")
            Method (_PSR, 0) { Return (0) }
        }
    }
}
