namespace Sluice.Gateway;

/// <summary>Files within the assembly, so that they are there in whatever folder the process runs.</summary>
internal static class EmbeddedFile
{
    /// <param name="name">File name without folder: <c>openapi.json</c>.</param>
    /// <exception cref="InvalidOperationException">The build did not embed it.</exception>
    public static byte[] Read(string name)
    {
        using var resource = typeof(EmbeddedFile).Assembly.GetManifestResourceStream($"Sluice.Gateway.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }
}
