// Nothing at all: what `pulumi up` takes by itself.
