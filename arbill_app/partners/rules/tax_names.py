"""What a tax on sales is usually called where a legal entity is."""

HARMONISED = {"NB", "NL", "NS", "ON", "PE"}
GST_ALONE = {"AB", "NT", "NU", "YT"}
GST = {"AU", "IN", "NZ", "SG"}
VAT = {"GB", "CH", "NO", "ZA"} | {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}


def usual_tax_name(country: str, region: str) -> str:
    """ "" where no single name is right, as in the provinces that charge GST and a tax of their own."""
    if country == "CA":
        return "HST" if region in HARMONISED else "GST" if region in GST_ALONE else ""
    if country == "US":
        return "Sales tax"
    return "GST" if country in GST else "VAT" if country in VAT else ""
