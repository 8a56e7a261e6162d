using System.Globalization;

namespace Sluice.LocalCluster.Processes;

/// <summary>A file with one pid. Readers never see a partly written one: it is written aside and renamed.</summary>
internal static class PidFile
{
    public static void Write(string path, int pid)
    {
        var aside = path + ".new";
        File.WriteAllText(aside, pid.ToString(CultureInfo.InvariantCulture) + "\n");
        File.Move(aside, path, overwrite: true);
    }

    /// <summary>The pid, or null when the file is missing or is not a pid.</summary>
    public static int? Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path).Trim();
            var isPid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 1;
            return isPid ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
